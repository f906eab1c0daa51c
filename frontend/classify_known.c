/* The differences between what the classifier finds and the class column of cpu/sensitive.def, each with its reason.
 * trap86 --classify fails if one comes that is not here, or goes that is. */
#include "frontend/classify.h"

static const char iopl[] = "IOPL, or the I/O map of the task, decides whether it traps; the table does not count a refusal as behaviour";
static const char ss_load[] = "the RPL in SS is the CPL before and after, so no load changes a privilege level; the table counts "
                              "the descriptor that is loaded";
static const char caches[] = "caches are not modelled, so there is nothing that it could change; it is privileged all the same";

const struct classify_known classify_known[] = {
    { "pop_ss",     "CB", "B",  ss_load },
    { "lss",        "CB", "B",  ss_load },
    { "bound",      "B",  "-",  "#BR is an exception like #DE, the same at every level; the table counts the gate that it goes "
                                "through, as for INT n" },
    { "mov_to_dr",  "C",  "CB", "DR7.GD makes it a debug exception; the table does not count a refusal as behaviour" },
    { "invd",       "C",  "-",  caches },
    { "wbinvd",     "C",  "-",  caches },
    { "cpuid",      "B",  "-",  "it shows which processor this is, and no two states of one processor differ in that" },
    { "cli",        "C",  "CB", iopl },
    { "sti",        "C",  "CB", iopl },
    { "in_imm",     "C",  "CB", iopl },
    { "in_dx",      "C",  "CB", iopl },
    { "out_imm",    "C",  "CB", iopl },
    { "out_dx",     "C",  "CB", iopl },
    { "ins",        "C",  "CB", iopl },
    { "outs",       "C",  "CB", iopl },
    { "0F AE /1m",  "-",  "B",  "FXRSTOR loads XMM and MXCSR if CR4.OSFXSR is set: it shows whether there is SSE, which is "
                                "availability, but without a trap" },
    { "sysenter",   "HOLE", "guarded", "a monitor can leave SYSENTER_CS null, and lguest does: then it is #GP at every level" },
    { NULL, NULL, NULL, NULL }
};
