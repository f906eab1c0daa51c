/* Power-on, from the first C code to the jump into the 16-bit part. Memory is neither tested nor cleared: the machine's
 * is good and zero. */
#include "firmware/bios/post.h"

extern const char start_services[];

void post(void);

enum { ORDER_DEFAULT = 0x4312, BOOT_MENU_KEY = 0x0E };

/* CMOS bytes 3Dh and 38h as QEMU fills them; 0: nobody did. */
static void boot_order_read(void)
{
    u16 order = (u16)(cmos_read(0x3D) | (cmos_read(0x38) & 0xF0) << 4), wait_key;
    shared.boot_order = order ? order : ORDER_DEFAULT;
    shared.menu_wait = 2500;
    if (!fw_cfg_present()) return;
    u16 menu = 0;
    fw_cfg_read(BOOT_MENU_KEY, &menu, 2);
    shared.menu = menu == 1;
    if (fw_cfg_find("etc/boot-menu-wait", &wait_key) == 2) fw_cfg_read(wait_key, &shared.menu_wait, 2);
}

/* Shadow RAM as it stays: option ROMs and the BIOS read-only, its data segment writable. */
static void shadow_lock(void)
{
    static const u8 pam[8] = { 0x10, 0x11, 0x11, 0x11, 0x11, 0x11, 0x33, 0 };
    for (u8 i = 0; i < 7; i++) pci_write8(0, (u8)(0x59 + i), pam[i]);
}

void post(void)
{
    log_text("trap86 BIOS: power-on\n");
    outb(PORT_POST, 0x10);
    shared.stack_free = STACK_TOP - STACK_PIECE;
    chips_init();
    memory_detect();
    vectors_init();
    outb(PORT_POST, 0x20);
    pci_init();
    boot_order_read();
    tables_make();
    outb(PORT_POST, 0x30);
    option_roms_run();
    memory_map_make();
    shadow_lock();
    outb(PORT_POST, 0x3F);
    call16(FAR_CODE(start_services));
}
