/* The hand-written list of the classifier (list.c): which decoded instruction is which sensitive row. */
#ifndef TESTS_MONITOR_LIST_H
#define TESTS_MONITOR_LIST_H
#include "cpu/dispatcher.h"
#include <Zydis/Zydis.h>

enum { LIST_INNOCUOUS = -1, LIST_UNKNOWN = -2, LIST_UNDEFINED = -3 /* must raise #UD */ };
/* A row of the dispatcher (enum sensitive_id), or one of the above. `bytes`: for what Zydis does not decode. */
int list_classify(const ZydisDecodedInstruction *insn, bool decoded, const u8 *bytes);
#endif
