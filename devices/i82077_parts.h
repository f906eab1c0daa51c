/* What the files of the floppy controller share. */
#ifndef DEVICES_I82077_PARTS_H
#define DEVICES_I82077_PARTS_H
#include "devices/i82077.h"

enum { ST0_ABNORMAL = 0x40, ST0_INVALID = 0x80, ST0_READY_CHANGED = 0xC0, ST0_SEEK_END = 0x20, ST0_EQUIPMENT = 0x10 };
enum { ST1_NO_MARK = 1, ST1_NOT_WRITABLE = 2, ST1_NO_DATA = 4, ST1_OVERRUN = 0x10, ST1_DATA_ERROR = 0x20, ST1_END = 0x80 };
enum { ST2_BAD_CYLINDER = 2, ST2_SCAN_NOT = 4, ST2_SCAN_HIT = 8, ST2_WRONG_CYLINDER = 0x10, ST2_DATA_ERROR = 0x20,
       ST2_CONTROL_MARK = 0x40 };
enum { ST3_PROTECTED = 0x40, ST3_READY = 0x20, ST3_TRACK0 = 0x10, ST3_TWO_SIDES = 8 };
enum { CONFIG_IMPLIED_SEEK = 0x40, CONFIG_NO_FIFO = 0x20, CONFIG_NO_POLL = 0x10, SPECIFY_NO_DMA = 1 };
enum { COMMAND_MT = 0x80, COMMAND_MFM = 0x40, COMMAND_SK = 0x20, COMMAND_CODE = 0x1F };
enum { DOR_DRIVE = 3, DOR_RUN = 4, DOR_GATE = 8, DOR_MOTOR = 0x10 };
enum { FDC_DMA = 2, FDC_TRACKS = 84 };
/* A drive that is much faster than a real one, but takes its time: per sector, per step, per turn. */
enum { SECTOR_NS = 250000, STEP_NS = 100000, TURN_NS = 5000000, WAKE_NS = 20000 };

static inline struct i82077_drive *fdc_drive(struct i82077 *fdc) { return &fdc->drive[fdc->unit]; }
static inline bool fdc_motor(const struct i82077 *fdc, unsigned unit) { return fdc->dor & DOR_MOTOR << unit; }

/* i82077.c: arms the next step of the command. */
void fdc_work_in(struct i82077 *fdc, u64 ns);
/* Drives INT, DRQ from what the controller wants. */
void fdc_pins(struct i82077 *fdc);
/* The result phase begins, with or without an interrupt. */
void fdc_result(struct i82077 *fdc, const u8 *bytes, unsigned length, bool interrupt);
/* Moves the head to a track, as far as it goes; steps with a medium in the drive end the disk change signal. */
void fdc_head_to(struct i82077_drive *drive, int track);

/* i82077_data.c: the commands that transfer data, READ ID among them; command[] is complete. */
void fdc_data_begin(struct i82077 *fdc);
/* The event `work`. */
void fdc_data_work(struct i82077 *fdc);
/* Moves what can be moved by DMA. */
void fdc_data_pump(struct i82077 *fdc);
/* The host reads or writes the FIFO in the execution phase; only while bytes move, in the right direction. */
u8   fdc_data_read(struct i82077 *fdc);
void fdc_data_write(struct i82077 *fdc, u8 value);
/* Bytes move by DMA, not by the processor. */
bool fdc_by_dma(const struct i82077 *fdc);
#endif
