/* The NMI gate, after the PIIX3 data sheet 290550, 2.5.3 (NMI status and control, port 61h) and 2.5.5 (NMI enable, bit 7
 * of port 70h). IOCHK# and SERR# are latched and reach the processor unless port 61h switches one off, which also forgets
 * what it has latched, or port 70h both. Port 61h itself is the 8254's (i8254.c), port 70h the clock's (mc146818.c).
 * Nothing on this board asserts either by itself: no chip has parity errors. */
#include "devices/nmi.h"

static const struct { u8 off, status; } bits[NMI_SOURCES] = { [NMI_IOCHK] = { 0x08, 0x40 }, [NMI_SERR] = { 0x04, 0x80 } };

/* Whoever opens the mask over something that has happened gets his NMI: it is the gate's output that has an edge. */
static void update(struct nmi *nmi) { line_set(&nmi->out, nmi_status(nmi) && !nmi->masked); }

u8 nmi_status(const struct nmi *nmi)
{
    u8 status = 0;
    for (unsigned i = 0; i < NMI_SOURCES; i++)
        status |= nmi->happened[i] ? bits[i].status : 0;
    return status;
}

void nmi_control(struct nmi *nmi, u8 value)
{
    nmi->off = value & NMI_CONTROL;
    for (unsigned i = 0; i < NMI_SOURCES; i++)
        nmi->happened[i] &= !(nmi->off & bits[i].off);
    update(nmi);
}

void nmi_source_set(void *self, int source, bool level)
{
    struct nmi *nmi = self;
    if (!level || nmi->off & bits[source].off) return;
    nmi->happened[source] = true;
    update(nmi);
}

void nmi_mask_set(void *self, int pin, bool level)
{
    struct nmi *nmi = self;
    (void)pin;
    nmi->masked = level;
    update(nmi);
}

static bool nmi_attach(struct device *dev, struct error *why)
{
    (void)dev, (void)why;
    return true;
}

/* The mask is the clock's to reset. */
static void nmi_reset(struct device *dev, enum reset_kind kind)
{
    struct nmi *nmi = container_of(dev, struct nmi, dev);
    (void)kind;
    nmi->off = 0;
    for (unsigned i = 0; i < NMI_SOURCES; i++) nmi->happened[i] = false;
    update(nmi);
}

static const struct field nmi_fields[] = {
    FIELD_NONE(struct nmi, dev, "wiring"),
    FIELD_ARRAY(struct nmi, happened, "IOCHK#, SERR#: latched"),
    FIELD(struct nmi, off, "bits 2 and 3 of port 61h"),
    FIELD(struct nmi, masked, "bit 7 of port 70h"),
    FIELD(struct nmi, out.level, "NMI"),
    FIELD_NONE(struct nmi, out, "wiring"),
    FIELD_END
};

const struct device_class nmi_class = {
    .name = "nmi", .size = sizeof(struct nmi), .fields = nmi_fields, .attach = nmi_attach, .reset = nmi_reset,
};
