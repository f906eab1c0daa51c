/* INT 10h by function number, and what the ROM does once when the system BIOS calls it. */
#include "firmware/vgabios/vgabios.h"

extern u8 int10[], int42[], int6d[];
service mode_service, cursor_shape_service, cursor_move_service, cursor_read_service, light_pen_service, page_service,
    scroll_service, read_service, write_service, teletype_service, mode_read_service, string_service, cga_service;

static void unknown_service(struct regs *r)
{
    (void)r;
}

static void pixel_write_service(struct regs *r) { pixel_write(r); }
static void pixel_read_service(struct regs *r)  { pixel_read(r); }

static service *ROM services[] = {
    mode_service, cursor_shape_service, cursor_move_service, cursor_read_service,           /* 00 */
    light_pen_service, page_service, scroll_service, scroll_service,
    read_service, write_service, write_service, cga_service,                                /* 08 */
    pixel_write_service, pixel_read_service, teletype_service, mode_read_service,
    palette_service, font_service, select_service, string_service,                          /* 10 */
    unknown_service, unknown_service, unknown_service, unknown_service,
    unknown_service, unknown_service, display_service, state_info_service,                  /* 18 */
    state_service,
};

void int10_serve(struct regs *r)
{
    if (r->ah < ARRAY_LEN(services)) services[r->ah](r);
    else if (r->ah == 0x4F) vbe(r);
}

/* 40:A8 and what it leads to: IBM's tables, for programs that look or that put their own in. The system BIOS copies the
 * ROM to C000:0. */
enum { ROM_AT = 0xC0000000 };
static ROM u8 combinations[] = { 4, 1, 8, 0, 0, 0, 0, 7, 0, 8, 0, 0 };  /* entries, version, last code; then pairs */
static ROM struct __attribute__((packed)) {
    u16 bytes;
    u32 combinations, override, profile, reserved[3];
} secondary_pointers = { 26, ROM_AT + (u32)combinations, 0, 0, { 0, 0, 0 } };
/* Parameters, dynamic save area, text and graphics fonts, secondary pointers. */
static ROM u32 save_pointers[7] = { ROM_AT + (u32)parameter_table, 0, 0, 0, ROM_AT + (u32)&secondary_pointers };

/* Everything a program may find changed is set, and a screen to read on. */
void init(void)
{
    u16 segment = rom_segment();
    vectors[0x10] = FAR(segment, (u32)int10);
    vectors[0x42] = FAR(segment, (u32)int42);
    vectors[0x6D] = FAR(segment, (u32)int6d);
    vectors[0x1F] = rom_font(8) + 128 * 8;
    bda.control = 0x60;                                      /* 256 KiB, colour */
    bda.switches = 0xF9;                                     /* primary adapter: EGA with a high resolution display */
    bda.settings = SETTING_VGA | SETTING_400;
    bda.display = 8;
    bda.saved = ROM_AT + (u32)save_pointers;
    mode_set(3);
}
