/* Monitors: the text of --vmm=, what project() makes of a guest and absorb() takes back, and guests that must not
 * notice. What leaks is in leaks.c, scanning in patch.c. */
#include "tests/unit/monitored.h"
#include "cpu/segment.h"
#include <check.h>
#include <stdio.h>
#include <string.h>

/* ---- the text of --vmm= ---- */
START_TEST(monitors_by_name)
{
    static const struct {
        const char *text;
        u8 projection, ring, paging, kernel, user;
        bool leaks, keep, patch, report, pv;
    } cases[] = {
        { "compliant", PROJECT_NONE, 3, PAGING_DIRECT, 1, 1, false, false, false, false, false },
        { "pentium", PROJECT_ALL, 3, PAGING_SHADOW, 0, 0, true, false, false, false, false },
        { "strict", PROJECT_ALL, 3, PAGING_SHADOW, 1, 1, false, false, false, false, false },
        { "patch", PROJECT_ALL, 3, PAGING_SHADOW, 1, 0, false, false, true, false, false },
        { "hybrid", PROJECT_USER, 3, PAGING_SHADOW, 1, 0, false, true, false, false, false },
        { "pv", PROJECT_ALL, 1, PAGING_SHADOW, 0, 0, true, false, false, false, true },
        { "report", PROJECT_NONE, 3, PAGING_COUNT, 1, 1, false, false, false, true, false },
    };
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        struct vmm_config c;
        struct error why;
        ck_assert(vmm_parse(&c, cases[i].text, &why));
        ck_assert_str_eq(c.name, cases[i].text);
        ck_assert_str_eq(c.text, cases[i].text);
        ck_assert_uint_eq(c.projection, cases[i].projection);
        ck_assert_uint_eq(c.ring, cases[i].ring);
        ck_assert_uint_eq(c.paging, cases[i].paging);
        ck_assert_uint_eq(c.traps[VIEW_KERNEL][SENS_popf], cases[i].kernel);
        ck_assert_uint_eq(c.traps[VIEW_USER][SENS_popf], cases[i].user);
        ck_assert(c.leaks == cases[i].leaks && c.keep == cases[i].keep && c.patch == cases[i].patch);
        ck_assert(c.report == cases[i].report && c.pv == cases[i].pv);
    }
}
END_TEST

#define MEMBER_SIZE(member) sizeof(((struct vmm_config *)0)->member)
#define SETTING(text, member, value) { text, offsetof(struct vmm_config, member), MEMBER_SIZE(member), value }

START_TEST(settings_are_taken)
{
    static const struct { const char *text; size_t at, size; u64 value; } cases[] = {
        SETTING("pentium,ring=1", ring, 1), SETTING("pentium,ring=3", ring, 3), SETTING("hybrid,ring=3", ring, 3),
        SETTING("pentium,keep", keep, 1), SETTING("pentium,keep,raise", keep, 0), SETTING("hybrid,raise", keep, 0),
        SETTING("pentium,umip", traps[VIEW_KERNEL][SENS_smsw], 1),
        SETTING("pentium,umip", traps[VIEW_USER][SENS_sgdt], 1),
        SETTING("pentium,umip", traps[VIEW_KERNEL][SENS_popf], 0),
        SETTING("strict=17", traps[VIEW_KERNEL][SENS_popf], 1), SETTING("strict=17", traps[VIEW_KERNEL][SENS_iret], 0),
        SETTING("strict=17", leaks, 1), SETTING("strict,ring=1", ring, 1),
        SETTING("pentium,cure=popf", traps[VIEW_KERNEL][SENS_popf], 1),
        SETTING("pentium,cure=popf,iret,push_cs", traps[VIEW_USER][SENS_push_cs], 1),
        SETTING("pentium,cure=popf+iret", traps[VIEW_KERNEL][SENS_iret], 1),
        SETTING("pentium,cure=popf+iret", traps[VIEW_KERNEL][SENS_smsw], 0),
        SETTING("pentium,cure=17", traps[VIEW_KERNEL][SENS_str], 1),
        SETTING("pentium,cure=17", traps[VIEW_KERNEL][SENS_iret], 0),
        SETTING("pentium,cure=all", traps[VIEW_USER][SENS_cpuid], 1),
        SETTING("strict,leak=popf", traps[VIEW_KERNEL][SENS_popf], 0),
        SETTING("strict,leak=popf", traps[VIEW_KERNEL][SENS_iret], 1),
        SETTING("strict,leak=popf", leaks, 1),
        SETTING("pentium,gdtr=0x12345678/0x9abc", physical.gdtr.base, 0x12345678),
        SETTING("pentium,gdtr=0x12345678/0x9abc", physical.gdtr.limit, 0x9abc),
        SETTING("pentium,idtr=4096/7", physical.idtr.base, 4096), SETTING("pentium,ldtr=0", physical.ldtr, 0),
        SETTING("pentium,tr=0x28", physical.tr, 0x28), SETTING("pentium,cr0=0x80000001", physical.cr0, 0x80000001),
        SETTING("compliant,paging=shadow", paging, PAGING_SHADOW),
        SETTING("report,paging=direct", paging, PAGING_DIRECT),
        SETTING("pentium,paging=direct", paging, PAGING_DIRECT),
        SETTING("pentium,trace=always", tracing, TRACE_ALWAYS), SETTING("pentium,trace=never", tracing, TRACE_NEVER),
        SETTING("compliant,trace=adaptive", tracing, TRACE_ADAPTIVE), SETTING("pentium,roots=64", roots, 64),
        SETTING("pentium,trace-k=65535", trace_k, 65535), SETTING("pentium,trace-max=1", trace_max, 1),
        SETTING("pentium", physical.gdtr.base, 0xffc07000), SETTING("pentium", physical.gdtr.limit, 0x47ff),
        SETTING("pentium", physical.idtr.base, 0xffc18000), SETTING("pentium", physical.idtr.limit, 0x7ff),
        SETTING("pentium", physical.ldtr, 0x4058), SETTING("pentium", physical.tr, 0x4000),
        SETTING("pentium", physical.cr0, 0x8005003b),
    };
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        struct vmm_config c;
        struct error why;
        u64 value = 0;
        ck_assert_msg(vmm_parse(&c, cases[i].text, &why), "%s: %s", cases[i].text, why.text);
        memcpy(&value, (char *)&c + cases[i].at, cases[i].size);
        ck_assert_msg(value == cases[i].value, "case %u, %s: %llx", i, cases[i].text, (unsigned long long)value);
    }
}
END_TEST

/* Each with what the line must name. */
START_TEST(what_does_not_fit_is_refused_by_name)
{
    static const struct { const char *text, *named; } cases[] = {
        { "", "no such monitor" }, { "xen", "xen" }, { "pentiu", "pentiu" }, { "pentiumx", "pentiumx" },
        { "Pentium", "Pentium" },
        { ",ring=3", "no such monitor" }, { "pentium=3", "no such monitor" }, { "compliant=17", "no such monitor" },
        { "pentium,", "''" }, { "pentium,,umip", "''" }, { "pentium,ring", "'ring'" }, { "pentium,ring=", "'ring='" },
        { "pentium,ring=0", "'ring=0'" }, { "pentium,ring=2", "'ring=2'" }, { "pentium,ring=31", "'ring=31'" },
        { "hybrid,ring=1", "'ring=1'" }, { "compliant,ring=3", "'ring=3'" }, { "report,ring=3", "'ring=3'" },
        { "compliant,umip", "'umip'" }, { "compliant,keep", "'keep'" }, { "pentium,keep=1", "'keep=1'" },
        { "pentium,umip=1", "'umip=1'" }, { "pentium,17", "'17'" }, { "strict=18", "'18'" }, { "strict=", "''" },
        { "pentium,umip,", "''" },
        { "pentium,cure=", "'cure='" }, { "pentium,cure", "'cure'" }, { "pentium,cure=bogus", "'cure=bogus'" },
        { "pentium,cure=popf,bogus", "'bogus'" }, { "pentium,cure=popf+", "'cure=popf+'" },
        { "pentium,cure=popf+bogus", "bogus" },
        { "compliant,cure=popf", "'cure=popf'" }, { "compliant,popf", "'popf'" }, { "pentium,leak=", "'leak='" },
        { "compliant,leak=popf", "leak" }, { "pentium,popf=1", "'popf=1'" },
        { "pentium,gdtr=", "'gdtr='" }, { "pentium,gdtr=1", "'gdtr=1'" }, { "pentium,gdtr=1/", "'gdtr=1/'" },
        { "pentium,gdtr=/1", "gdtr" }, { "pentium,gdtr=1/65536", "gdtr" }, { "pentium,gdtr=0x100000000/1", "gdtr" },
        { "pentium,gdtr=-1/1", "gdtr" }, { "pentium,gdtr= 1/1", "gdtr" }, { "pentium,gdtr=1/ 1", "gdtr" },
        { "pentium,gdtr=1/1/1", "gdtr" }, { "pentium,idtr=x/1", "idtr" }, { "pentium,ldtr=65536", "ldtr" },
        { "pentium,tr=", "tr" },
        { "pentium,tr=0x", "tr" }, { "pentium,cr0=1", "cr0" }, { "pentium,cr0=0x80000000", "cr0" },
        { "pentium,cr0=0x180000001", "cr0" }, { "compliant,cr0=0x80000001", "cr0" },
        { "pentium,ldtr=99999999999999999999999999", "ldtr" },
        { "pentium,paging=", "'paging='" }, { "compliant,paging=on", "paging=on" },
        { "pentium,trace=", "trace" }, { "pentium,trace=often", "trace=often" }, { "pentium,trace-k=0", "trace-k=0" },
        { "pentium,trace-k=65536", "trace-k" }, { "pentium,trace-max=0", "trace-max" },
        { "pentium,roots=0", "roots=0" },
        { "pentium,roots=65", "roots=65" }, { "compliant,roots=-1", "roots" }, { "pentium,turbo", "'turbo'" },
        { "pentium,=1", "'=1'" }, { "pentium,averyveryverylongkey=1", "averyvery" },
    };
    static char endless[20000];
    struct vmm_config c;
    struct error why;
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        ck_assert_msg(!vmm_parse(&c, cases[i].text, &why), "taken: %s", cases[i].text);
        ck_assert_msg(strstr(why.text, cases[i].named), "%s: %s", cases[i].text, why.text);
        ck_assert_msg(why.text[0] && !strchr(why.text, '\n'), "%s: %s", cases[i].text, why.text);
    }
    memset(endless, 'p', sizeof endless - 1);
    ck_assert(!vmm_parse(&c, endless, &why));
    memcpy(endless, "pentium,cure=", 13);
    ck_assert(!vmm_parse(&c, endless, &why));
}
END_TEST

START_TEST(rows_are_named_as_in_the_table)
{
    for (unsigned id = 0; id < SENS_COUNT; id++) {
        char text[64];
        struct vmm_config c;
        struct error why;
        snprintf(text, sizeof text, "pentium,cure=%s", sensitive_id_name(id));
        ck_assert_msg(vmm_parse(&c, text, &why), "%s", why.text);
        for (unsigned other = 0; other < SENS_COUNT; other++)
            ck_assert_uint_eq(c.traps[VIEW_KERNEL][other], other == id);
    }
}
END_TEST

/* ---- project ---- */
static struct system projected(struct fixture *f, const char *vmm)
{
    struct vmm_config config;
    struct error why;
    struct system p;
    ck_assert_msg(vmm_parse(&config, vmm, &why), "%s", why.text);
    vmm_project(&f->cpu, &config, &p);
    return p;
}

START_TEST(levels_are_compressed)
{
    static const struct { const char *vmm; unsigned cpl, physical; u16 cs, ss; } cases[] = {
        { "pentium", 0, 3, 0x0b, 0x13 }, { "pentium", 1, 3, 0x53, 0x5b }, { "pentium", 3, 3, 0x1b, 0x23 },
        { "pentium,ring=1", 0, 1, 0x09, 0x11 }, { "pentium,ring=1", 1, 1, 0x51, 0x59 },
        { "pentium,ring=1", 3, 3, 0x1b, 0x23 },
        { "pentium,keep", 0, 3, 0x0b, 0x13 }, { "pentium,keep,ring=1", 0, 1, 0x09, 0x11 },
        { "strict", 0, 3, 0x0b, 0x13 },
        { "patch", 1, 3, 0x53, 0x5b }, { "hybrid", 3, 3, 0x1b, 0x23 },
    };
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        struct fixture *f = monitored("compliant");
        fixture_protected(f, cases[i].cpl);
        struct system before = f->cpu.sys, p = projected(f, cases[i].vmm);
        ck_assert_uint_eq(p.cpl, cases[i].physical);
        ck_assert_uint_eq(p.seg[CS].selector, cases[i].cs);
        ck_assert_uint_eq(p.seg[SS].selector, cases[i].ss);
        ck_assert_uint_eq(p.seg[DS].selector, before.seg[DS].selector);      /* its RPL is nobody's level */
        for (unsigned s = ES; s <= GS; s++) {
            ck_assert_uint_eq(attr_dpl(p.seg[s].attr), MAX(cases[i].cpl, cases[i].physical));
            ck_assert_uint_eq(p.seg[s].attr & ~ATTR_DPL, before.seg[s].attr & ~ATTR_DPL);
            ck_assert_uint_eq(p.seg[s].base, before.seg[s].base);
            ck_assert_uint_eq(p.seg[s].limit, before.seg[s].limit);
        }
        fixture_free(f);
    }
}
END_TEST

START_TEST(flags_of_the_chip)
{
    const u32 shared = FLAG_TF | FLAG_DF | FLAG_NT | FLAG_RF | FLAG_AC | FLAG_ID;
    struct fixture *f = monitored("compliant");
    fixture_protected(f, 0);
    f->cpu.sys.eflags = 0;
    ck_assert_uint_eq(projected(f, "pentium").eflags, FLAG_IF);
    f->cpu.sys.eflags = shared | FLAG_IF | FLAG_IOPL | FLAG_VIF | FLAG_VIP;
    ck_assert_uint_eq(projected(f, "pentium").eflags, FLAG_IF | shared);
    fixture_v86(f, 3);
    struct system p = projected(f, "pentium,ring=1");
    ck_assert_uint_eq(p.eflags, FLAG_IF | FLAG_VM);                          /* IOPL 0 */
    ck_assert_uint_eq(p.cpl, 3);
    ck_assert_uint_eq(p.seg[CS].selector, 0x500);
    ck_assert_uint_eq(p.seg[CS].attr, ATTR_V86);
    fixture_free(f);
}
END_TEST

/* TS is merged with the FPU's ownership; of CR4 the monitor keeps what would let the guest around it. */
START_TEST(control_registers_of_the_chip)
{
    struct fixture *f = monitored("compliant");
    struct vmm *vmm = &f->cpu.monitor->vmm;
    fixture_protected(f, 0);
    static const struct { u32 guest; bool owned, ts; } cases[] = {
        { CR0_PE, false, true }, { CR0_PE, true, false }, { CR0_PE | CR0_TS, true, true },
        { CR0_PE | CR0_EM, true, true },
        { CR0_PE | CR0_TS, false, true },
    };
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        f->cpu.sys.cr0 = cases[i].guest;
        vmm->fpu_owned = cases[i].owned;
        ck_assert_uint_eq(projected(f, "pentium").cr0, 0x80050033 | (cases[i].ts ? CR0_TS : 0));
        ck_assert_uint_eq(projected(f, "pentium,cr0=0x80000005").cr0, 0x80000001 | (cases[i].ts ? CR0_TS : 0));
    }
    f->cpu.sys.cr4 = CR4_VME | CR4_PVI | CR4_TSD | CR4_DE | CR4_PSE | CR4_PGE | CR4_PCE | CR4_OSFXSR;
    ck_assert_uint_eq(projected(f, "pentium").cr4, CR4_TSD | CR4_DE | CR4_PSE | CR4_PGE | CR4_OSFXSR);
    fixture_free(f);
}
END_TEST

START_TEST(tables_of_the_chip)
{
    struct fixture *f = monitored("compliant");
    fixture_protected(f, 0);
    f->cpu.sys.sysenter_cs = 8;
    f->cpu.sys.tsc_offset = 1000;
    struct system p = projected(f, "strict,gdtr=0x1000000/0x55,idtr=2/3,ldtr=0x77,tr=0x88");
    ck_assert_uint_eq(p.gdtr.base, 0x1000000);
    ck_assert_uint_eq(p.gdtr.limit, 0x55);
    ck_assert_uint_eq(p.idtr.base, 2);
    ck_assert_uint_eq(p.idtr.limit, 3);
    ck_assert_uint_eq(p.ldtr.selector, 0x77);
    ck_assert_uint_eq(p.tr.selector, 0x88);
    ck_assert_uint_lt(p.tr.limit, 103);                     /* no I/O map: every port is denied */
    ck_assert_uint_eq(p.sysenter_cs, 0);
    ck_assert(p.tsc_offset == 0);
    p = projected(f, "pentium");
    ck_assert_uint_eq(p.gdtr.base, 0xffc07000);
    ck_assert_uint_eq(p.idtr.base, 0xffc18000);
    ck_assert_uint_eq(p.ldtr.selector, 0x4058);
    ck_assert_uint_eq(p.tr.selector, 0x4000);
    fixture_free(f);
}
END_TEST

static void real_mode(struct fixture *f)
{
    programs[7].begin(f);                                   /* "real" */
    ck_assert(cpu_real(&f->cpu));
}

START_TEST(real_mode_runs_in_v86_mode)
{
    struct fixture *f = monitored("pentium,ring=1");
    real_mode(f);
    f->cpu.sys.eflags = FLAG_IOPL;
    vmm_leave(&f->cpu);
    const struct system *p = &f->cpu.sys;
    ck_assert(f->cpu.on_chip && cpu_v86(&f->cpu));
    ck_assert_uint_eq(p->eflags, FLAG_VM | FLAG_IF);        /* IOPL 0 */
    ck_assert_uint_eq(p->cpl, 3);
    ck_assert_uint_eq(p->cr0 & (CR0_PE | CR0_PG), CR0_PE | CR0_PG);
    ck_assert_uint_eq(p->seg[CS].selector, 0x500);
    ck_assert_uint_eq(p->seg[CS].base, 0x5000);
    ck_assert(!(f->cpu.guest->cr0 & CR0_PE));
    vmm_enter(&f->cpu);
    ck_assert(cpu_real(&f->cpu) && !f->cpu.on_chip);
    ck_assert_uint_eq(f->cpu.sys.eflags, FLAG_IOPL);
    ck_assert_uint_eq(f->cpu.sys.seg[CS].attr, ATTR_REAL);
    fixture_free(f);
}
END_TEST

/* What no descriptor can express stays with the monitor, which interprets it. */
START_TEST(what_is_not_expressible)
{
    enum { UNREAL_LIMIT, UNREAL_BASE, BIG_REAL, LEVEL, CODE_WRITABLE, USER, CASES };
    for (unsigned i = 0; i < CASES; i++) {
        struct fixture *f = monitored(i == USER ? "hybrid" : "pentium");
        struct system *sys = &f->cpu.sys;
        if (i <= BIG_REAL)
            real_mode(f);
        else
            fixture_protected(f, 0);
        if (i == UNREAL_LIMIT) sys->seg[FS].limit = 0xffffffff;
        if (i == UNREAL_BASE) sys->seg[GS].base = 0x123456;
        if (i == BIG_REAL) sys->seg[SS].attr |= ATTR_DB;
        if (i == LEVEL) sys->seg[SS].attr |= ATTR_DPL;
        if (i == CODE_WRITABLE) sys->seg[CS].attr = FLAT32 | DATA_RW;
        vmm_leave(&f->cpu);
        ck_assert_msg(!f->cpu.on_chip, "case %u", i);
        fixture_free(f);
    }
}
END_TEST

/* MOV CR0.PE leaves a CS that no descriptor of level 0 can be: what follows is interpreted, up to the far jump. */
START_TEST(interpreted_instructions_are_counted)
{
    struct fixture *f = monitored("pentium");
    real_mode(f);
    f->cpu.sys.gdtr = (struct table_register){ AT_GDT, SEL_END - 1 };
    CODE(f, 0x5000, 0x90,                                   /* nop: on the chip */
         0x0f, 0x20, 0xc0, 0x0c, 1, 0x0f, 0x22, 0xc0,       /* mov eax,cr0; or al,1; mov cr0,eax */
         0x40, 0x90, 0x90, 0xea, 0x14, 0x50, 0x40, 0,       /* inc ax; nop; nop; jmp 40:5014 */
         0x90, 0x90, 0x90, 0x41, 0x41, 0xf4);               /* inc cx; inc cx; hlt (at 5014) */
    poke(f, 0x5014, 4, 0x90f44141);
    halt_reach(f);
    ck_assert_uint_eq(f->cpu.gpr[ECX] & 0xffff, 2);
    /* Beyond MOV CR0 itself, which the monitor did: inc, nop, nop, jmp. */
    ck_assert_uint_eq(f->cpu.monitor->vmm.interpreted, 4);
    ck_assert_uint_eq(f->cpu.sys.seg[CS].selector, 0x40);
    fixture_free(f);
}
END_TEST

/* ---- absorb ---- */
START_TEST(what_the_guest_changes_without_a_trap_is_absorbed)
{
    const u32 shared = FLAG_TF | FLAG_DF | FLAG_NT | FLAG_RF | FLAG_AC | FLAG_ID;
    struct fixture *f = monitored("pentium");
    struct cpu *cpu = &f->cpu;
    fixture_protected(f, 0);
    cpu->sys.eflags = FLAG_IF | 1 << 12;
    struct system before = cpu->sys;
    vmm_leave(cpu);
    ck_assert(cpu->on_chip && cpu->guest != &cpu->sys);
    cpu->sys.eflags = shared;                               /* the chip's IF, IOPL and the rest are not the guest's */
    cpu->sys.cr0 = cpu->sys.cr3 = 0x12345678;
    cpu->sys.gdtr.base = 7;
    cpu->sys.dr[6] = 0xffff0ff1;
    vmm_enter(cpu);
    ck_assert(!cpu->on_chip && cpu->guest == &cpu->sys);
    before.eflags |= shared;
    before.dr[6] = 0xffff0ff1;
    ck_assert_mem_eq(&cpu->sys, &before, sizeof before);
    fixture_free(f);
}
END_TEST

/* A return to ring 3 that the chip made for itself: the next trap finds the guest at the level of its own CS. */
START_TEST(the_level_is_that_of_the_guests_code_segment)
{
    struct fixture *f = monitored("pentium");
    fixture_protected(f, 0);
    poke(f, AT_STACK0, 4, AT_CODE + 0x10);
    poke(f, AT_STACK0 + 4, 4, SEL_CODE3);
    CODE(f, AT_CODE, 0xcb);                                 /* retf */
    CODE(f, AT_CODE + 0x10, 0x90, 0xf4);                    /* nop; hlt */
    handlers_put(f);
    idt_gate(f, VEC_GP, SEL_CODE0, AT_CODE + 0x20, 0x8e);
    CODE(f, AT_CODE + 0x20, 0xf4);
    halt_reach(f);
    /* At level 3 HLT is #GP, and the frame, of an inner level, holds the level's CS and SS. */
    ck_assert_uint_eq(f->cpu.eip, AT_CODE + 0x21);
    ck_assert_uint_eq(f->cpu.gpr[ESP], AT_STACK0 - 24);
    ck_assert_uint_eq(peek(f, AT_STACK0 - 20, 4), AT_CODE + 0x11);
    ck_assert_uint_eq(peek(f, AT_STACK0 - 16, 4), SEL_CODE3);
    fixture_free(f);
}
END_TEST

/* ---- descriptors ---- */
/* A descriptor is changed after its load: the cached part stays, on the chip and for the guest, over traps. */
START_TEST(hidden_parts_survive_traps)
{
    static const char *const vmm[] = { "compliant", "pentium", "pentium,keep", "pentium,ring=1", "strict", "patch" };
    for (unsigned i = 0; i < ARRAY_LEN(vmm); i++) {
        struct fixture *f = monitored(vmm[i]);
        fixture_protected(f, 0);
        gdt_set(f, SEL_FREE, 0x10000, 0xfff, SMALL32 | DATA_RW);
        poke(f, 0x10004, 4, 0x11111111);
        poke(f, 0x20004, 4, 0x22222222);
        CODE(f, AT_CODE, 0xb8, SEL_FREE, 0, 0, 0, 0x8e, 0xe0,        /* mov eax,78h; mov fs,ax */
             0xc6, 5, 0x7c, 0x10, 0, 0, 2,                           /* mov byte [GDT+78h+4],2: base 20000h */
             0xfa, 0x0f, 0x20, 0xc2,                                 /* cli; mov edx,cr0: traps */
             0x64, 0x8b, 0x1d, 4, 0, 0, 0,                           /* mov ebx,fs:[4] */
             0x8e, 0xe0, 0x64, 0x8b, 0x0d, 4, 0, 0, 0, 0xf4);        /* mov fs,ax; mov ecx,fs:[4]; hlt */
        halt_reach(f);
        ck_assert_uint_eq(f->cpu.gpr[EBX], 0x11111111);
        ck_assert_uint_eq(f->cpu.gpr[ECX], 0x22222222);
        ck_assert_uint_eq(f->cpu.sys.seg[FS].base, 0x20000);
        ck_assert_uint_eq(attr_dpl(f->cpu.sys.seg[FS].attr), 0);
        fixture_free(f);
    }
}
END_TEST

START_TEST(the_chip_sees_shadow_descriptors)
{
    static const struct { const char *vmm; u16 selector; u16 attr; } cases[] = {
        { "pentium", SEL_DATA0, FLAT32 | DATA_RW | AT_DPL3 }, { "pentium", SEL_CODE0, FLAT32 | CODE_ER | AT_DPL3 },
        { "pentium", SEL_CODE1, FLAT32 | CODE_ER | AT_DPL3 }, { "pentium", SEL_DATA3, FLAT32 | DATA_RW | AT_DPL3 },
        { "pentium,ring=1", SEL_DATA0, FLAT32 | DATA_RW | AT_DPL1 },
        { "pentium,ring=1", SEL_DATA3, FLAT32 | DATA_RW | AT_DPL3 },
        { "pentium,keep", SEL_DATA0, FLAT32 | DATA_RW }, { "pentium,keep", SEL_CODE1, FLAT32 | CODE_ER | AT_DPL1 },
        { "pentium", SEL_TSS, 0 }, { "pentium", SEL_LDT, 0 }, { "pentium", SEL_GATE, 0 },
        { "pentium,keep", SEL_TSS, 0 },
    };
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        struct fixture *f = monitored(cases[i].vmm);
        struct descriptor d;
        bool outside;
        fixture_protected(f, 0);
        gdt_gate(f, SEL_GATE, SEL_CODE0, AT_CODE, 0x8c, 0);
        vmm_leave(&f->cpu);
        ck_assert_int_eq(view_descriptor(&f->cpu, &f->cpu.sys, cases[i].selector, &d, &outside), DONE);
        ck_assert_msg(descriptor_attr(d) == cases[i].attr, "case %u: %x", i, descriptor_attr(d));
        fixture_free(f);
    }
}
END_TEST

START_TEST(the_accessed_bit_is_the_guests)
{
    static const char *const vmm[] = { "compliant", "pentium", "pentium,ring=1", "strict" };
    for (unsigned i = 0; i < ARRAY_LEN(vmm); i++) {
        struct fixture *f = monitored(vmm[i]);
        fixture_protected(f, 0);
        gdt_set(f, SEL_FREE, 0, 0xffffffff, FLAT32 | (DATA_RW & ~TYPE_ACCESSED));
        CODE(f, AT_CODE, 0xb8, SEL_FREE, 0, 0, 0, 0x8e, 0xe8, 0xf4);                 /* mov eax,78h; mov gs,ax; hlt */
        halt_reach(f);
        ck_assert_uint_eq(peek(f, AT_GDT + SEL_FREE + 5, 1), DATA_RW);              /* DPL 0 still */
        ck_assert_uint_eq(attr_dpl(f->cpu.sys.seg[GS].attr), 0);
        fixture_free(f);
    }
}
END_TEST

START_TEST(loads_that_do_not_trap_are_followed)
{
    struct fixture *f = monitored("pentium");
    fixture_protected(f, 0);
    gdt_set(f, SEL_FREE, 0x1234000, 0x5678, SMALL32 | DATA_RW | AT_DPL1);
    CODE(f, AT_CODE, 0xb8, SEL_FREE, 0, 0, 0, 0x8e, 0xc0,             /* mov eax,78h; mov es,ax */
         0x31, 0xdb, 0x8e, 0xe3, 0x6a, SEL_DATA3, 0x0f, 0xa9,         /* xor ebx,ebx; mov fs,bx; push 23h; pop gs */
         0x0f, 0x20, 0xc0, 0xf4);                                     /* mov eax,cr0; hlt */
    halt_reach(f);
    const struct segment *seg = f->cpu.sys.seg;
    ck_assert_uint_eq(f->cpu.monitor->row[SENS_mov_to_sreg].trapped, 0);
    ck_assert_uint_eq(seg[ES].selector, SEL_FREE);
    ck_assert_uint_eq(seg[ES].base, 0x1234000);
    ck_assert_uint_eq(seg[ES].limit, 0x5678);
    ck_assert_uint_eq(seg[ES].attr, SMALL32 | DATA_RW | AT_DPL1);
    ck_assert_uint_eq(seg[FS].selector, 0);
    ck_assert_uint_eq(seg[FS].attr, 0);
    ck_assert_uint_eq(seg[GS].selector, SEL_DATA3);
    ck_assert_uint_eq(attr_dpl(seg[GS].attr), 3);
    fixture_free(f);
}
END_TEST

/* ---- invisible ---- */
/* The monitor's own TS and AM make the chip fault where the guest's state has no fault: it must not notice. */
START_TEST(faults_of_the_monitor_cost_the_guest_nothing)
{
    static const u8 names[] = { 8, 9 };                     /* "fpu", "ac" */
    static const char *const vmm[] = { "pentium", "pentium,ring=1", "strict", "patch" };
    for (unsigned i = 0; i < ARRAY_LEN(names); i++)
        for (unsigned k = 0; k < ARRAY_LEN(vmm); k++) {
            struct fixture *bare = monitored("compliant"), *f = monitored(vmm[k]);
            const struct program *program = &programs[names[i]];
            program_begin(bare, program);
            program_begin(f, program);
            program_run(bare, program, 0);
            program_run(f, program, 0);
            ck_assert(bare->cpu.attention & ATTENTION_HALTED);
            guests_same(bare, f, program->name);
            if (i == 0 || k != 1)                           /* at ring 1 nothing is checked for alignment */
                ck_assert_uint_gt(f->cpu.monitor->vmm.event[EVENT_SPURIOUS], 0);
            fixture_free(bare);
            fixture_free(f);
        }
}
END_TEST

/* TS on the chip follows the FPU's owner: a second leak of SMSW, which varies. HLT gives the FPU up. */
START_TEST(the_fpu_has_an_owner)
{
    struct fixture *f = monitored("pentium");
    fixture_protected(f, 0);
    handlers_put(f);
    CODE(f, AT_CODE, 0x0f, 1, 0xe0, 0xd9, 0xe8, 0x0f, 1, 0xe3,        /* smsw eax; fld1; smsw ebx */
         0xfb, 0xf4, 0x0f, 1, 0xe1, 0xd9, 0xe8, 0x0f, 1, 0xe2,        /* sti; hlt; smsw ecx; fld1; smsw edx */
         0xfa, 0xf4);
    halt_reach(f);
    ck_assert_uint_eq(f->cpu.eip, AT_CODE + 10);
    cpu_set_intr(&f->cpu, 0, true);
    halt_reach(f);
    ck_assert_uint_eq(f->cpu.gpr[EAX] & CR0_TS, CR0_TS);
    ck_assert_uint_eq(f->cpu.gpr[EBX] & CR0_TS, 0);
    ck_assert_uint_eq(f->cpu.gpr[ECX] & CR0_TS, CR0_TS);
    ck_assert_uint_eq(f->cpu.gpr[EDX] & CR0_TS, 0);
    ck_assert_uint_eq(f->cpu.monitor->vmm.event[EVENT_SPURIOUS], 2 + f->cpu.monitor->vmm.spurious[SENS_iret]);
    fixture_free(f);
}
END_TEST

/* The guest's own #NM and #AC are still its own. */
START_TEST(faults_of_the_guest_stay)
{
    struct fixture *f = monitored("pentium");
    fixture_protected(f, 3);
    handlers_put(f);
    f->cpu.sys.cr0 |= CR0_AM | CR0_TS;
    f->cpu.sys.eflags = FLAG_AC;
    cpu_mode_changed(&f->cpu);
    CODE(f, AT_CODE, 0xd9, 0xe8, 0xbb, 1, 0x40, 0, 0, 0x8b, 3,        /* fld1; mov ebx,4001h; mov eax,[ebx] */
         0xcd, VEC_FINISH);
    halt_reach(f);
    ck_assert_uint_eq(peek(f, LOG_END, 4), AT_LOG + 32);
    ck_assert_uint_eq(peek(f, AT_LOG, 4), VEC_NM);
    ck_assert_uint_eq(peek(f, AT_LOG + 16, 4), VEC_AC);
    ck_assert_uint_eq(peek(f, AT_LOG + 16 + 8, 4), AT_CODE + 7);
    fixture_free(f);
}
END_TEST

/* The chip runs with IF set; the guest's own IF decides. */
START_TEST(interrupts_wait_for_the_guests_flag)
{
    struct fixture *f = monitored("pentium");
    fixture_protected(f, 0);
    handlers_put(f);
    CODE(f, AT_CODE, 0xfa, 0x90, 0x90, 0x90, 0xfb, 0x90, 0x90, 0xf4); /* cli; nop...; sti; nop; nop; hlt */
    cpu_run(&f->cpu, UINT64_MAX, 2);
    cpu_set_intr(&f->cpu, 0, true);
    cpu_run(&f->cpu, UINT64_MAX, 4);
    ck_assert_uint_eq(f->cpu.eip, AT_CODE + 4);
    ck_assert_uint_eq(peek(f, IRQS, 4), 0);
    cpu_run(&f->cpu, UINT64_MAX, 6);
    ck_assert_uint_eq(f->cpu.eip, AT_CODE + 6);             /* the shadow of STI */
    halt_reach(f);
    ck_assert_uint_eq(peek(f, IRQS, 4), 1);
    ck_assert(!f->cpu.intr_level);
    fixture_free(f);
}
END_TEST

/* Every program, uncut, on both engines: the same guest at the same cycle. */
START_TEST(equal_results)
{
    static const char *const vmm[] = { "strict", "strict,keep", "strict,ring=1", "hybrid", "patch", "report",
                                       "pentium,cure=all" };
    const struct program *program = &programs[_i];
    for (unsigned engine = 0; engine < 2; engine++)
        for (unsigned k = 0; k < ARRAY_LEN(vmm); k++) {
            struct fixture *bare = monitored("compliant"), *f = monitored(vmm[k]);
            char what[80];
            bool user_leaks = strcmp(vmm[k], "hybrid") == 0 || strcmp(vmm[k], "patch") == 0;
            snprintf(what, sizeof what, "%s under %s", program->name, vmm[k]);
            cpu_engine(&f->cpu, &(struct engine_options){ engine ? ENGINE_LOOP : ENGINE_TAIL, 32, 0 });
            program_begin(bare, program);
            program_begin(f, program);
            program_run(bare, program, 0);
            program_run(f, program, 0);
            /* Each came to its end, but the one without a way out of V86 mode; and was interrupted if it should be. */
            u32 ended = bare->cpu.attention & (ATTENTION_HALTED | ATTENTION_SHUTDOWN);
            ck_assert_msg(ended == (_i == 6 ? 0 : ATTENTION_HALTED), "%s: at %x", what, bare->cpu.eip);
            ck_assert_msg(_i == 7 || (peek(bare, IRQS, 4) > 0) == (program->irq_every > 0), "%s: interrupts", what);
            ck_assert_msg(_i != 3 || peek(bare, IRQS, 4) > 10, "%s: %u interrupts", what, peek(bare, IRQS, 4));
            if (!user_leaks || !f->cpu.monitor->leaks || !leaks_total(f->cpu.monitor->leaks, COLUMN_OWN))
                guests_same(bare, f, what);
            else
                ck_assert_msg(_i == 2 || _i == 5 || _i == 6, "%s: leaks without user code", what);
            for (unsigned id = 0; id < SENS_COUNT; id++) {
                const struct monitor_row *a = &bare->cpu.monitor->row[id], *b = &f->cpu.monitor->row[id];
                bool same = a->trapped == b->trapped && a->refused == b->refused && a->elements == b->elements &&
                            memcmp(a->executed, b->executed, sizeof a->executed) == 0;
                ck_assert_msg(same || user_leaks, "%s: %s", what, sensitive_id_name(id));
            }
            fixture_free(bare);
            fixture_free(f);
        }
}
END_TEST

/* Without leaks in its kernel, and with all of them: where a run is cut makes no difference. */
static void leaks_same(const struct fixture *a, const struct fixture *b, const char *what)
{
    const struct monitor *x = a->cpu.monitor, *y = b->cpu.monitor;
    ck_assert_msg(memcmp(x->leaks->count, y->leaks->count, sizeof x->leaks->count) == 0, "%s: other leaks", what);
    ck_assert_msg(memcmp(x->leaks->slot, y->leaks->slot, sizeof x->leaks->slot) == 0, "%s: leaks elsewhere", what);
    ck_assert_msg(memcmp(x->vmm.spurious, y->vmm.spurious, sizeof x->vmm.spurious) == 0, "%s: other spurious traps",
                  what);
    ck_assert_msg(memcmp(x->vmm.event, y->vmm.event, sizeof x->vmm.event) == 0, "%s: other events", what);
    ck_assert_msg(x->vmm.interpreted == y->vmm.interpreted, "%s: interpreted %llu, %llu", what,
                  (unsigned long long)x->vmm.interpreted, (unsigned long long)y->vmm.interpreted);
    ck_assert_msg(x->leaks->breaches == y->leaks->breaches, "%s: other breaches", what);
}

START_TEST(where_a_run_is_cut_makes_no_difference)
{
    static const char *const vmm[] = { "pentium", "pentium,keep", "pentium,ring=1", "patch", "hybrid", "strict=17" };
    const struct program *program = &programs[_i];
    for (unsigned k = 0; k < ARRAY_LEN(vmm); k++)
        for (u64 cut = 1; cut <= 7; cut += 2) {
            struct fixture *whole = monitored(vmm[k]), *f = monitored(vmm[k]);
            char what[80];
            snprintf(what, sizeof what, "%s under %s, cut every %llu", program->name, vmm[k], (unsigned long long)cut);
            program_begin(whole, program);
            program_begin(f, program);
            program_run(whole, program, 0);
            program_run(f, program, cut);
            guests_same(whole, f, what);
            leaks_same(whole, f, what);
            fixture_free(whole);
            fixture_free(f);
        }
}
END_TEST

/* A debugger writes a register between two runs: the guest goes on with what it wrote. */
START_TEST(a_state_changed_between_runs_is_projected_anew)
{
    struct fixture *f = monitored("pentium");
    fixture_protected(f, 0);
    CODE(f, AT_CODE, 0x90, 0x90, 0x9c, 0x5b, 0xf4);         /* nop; nop; pushf; pop ebx; hlt */
    cpu_run(&f->cpu, UINT64_MAX, 1);
    ck_assert(!f->cpu.on_chip);
    ck_assert_uint_eq(f->cpu.sys.cpl, 0);
    ck_assert_uint_eq(f->cpu.sys.eflags, 0);
    f->cpu.sys.eflags = FLAG_DF;
    halt_reach(f);
    ck_assert_uint_eq(f->cpu.gpr[EBX], FLAG_DF | FLAG_IF | FLAG_1);
    ck_assert_uint_eq(f->cpu.sys.eflags, FLAG_DF);
    fixture_free(f);
}
END_TEST

Suite *vmm_suite(void)
{
    Suite *suite = suite_create("vmm");
    TCase *tests = tcase_create("vmm");
    tcase_add_test(tests, monitors_by_name);
    tcase_add_test(tests, settings_are_taken);
    tcase_add_test(tests, what_does_not_fit_is_refused_by_name);
    tcase_add_test(tests, rows_are_named_as_in_the_table);
    tcase_add_test(tests, levels_are_compressed);
    tcase_add_test(tests, flags_of_the_chip);
    tcase_add_test(tests, control_registers_of_the_chip);
    tcase_add_test(tests, tables_of_the_chip);
    tcase_add_test(tests, real_mode_runs_in_v86_mode);
    tcase_add_test(tests, what_is_not_expressible);
    tcase_add_test(tests, interpreted_instructions_are_counted);
    tcase_add_test(tests, what_the_guest_changes_without_a_trap_is_absorbed);
    tcase_add_test(tests, the_level_is_that_of_the_guests_code_segment);
    tcase_add_test(tests, hidden_parts_survive_traps);
    tcase_add_test(tests, the_chip_sees_shadow_descriptors);
    tcase_add_test(tests, the_accessed_bit_is_the_guests);
    tcase_add_test(tests, loads_that_do_not_trap_are_followed);
    tcase_add_test(tests, faults_of_the_monitor_cost_the_guest_nothing);
    tcase_add_test(tests, the_fpu_has_an_owner);
    tcase_add_test(tests, faults_of_the_guest_stay);
    tcase_add_test(tests, interrupts_wait_for_the_guests_flag);
    tcase_add_loop_test(tests, equal_results, 0, PROGRAMS);
    tcase_add_loop_test(tests, where_a_run_is_cut_makes_no_difference, 0, PROGRAMS);
    tcase_add_test(tests, a_state_changed_between_runs_is_projected_anew);
    suite_add_tcase(suite, tests);
    return suite;
}
