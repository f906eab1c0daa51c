# The proof that no sensitive instruction goes past the dispatcher; needs libzydis.

CLASSIFY         := obj/tests/monitor/classify
CLASSIFY_OBJECTS := $(patsubst %,obj/tests/monitor/%.o,classify list)
$(CLASSIFY): $(CLASSIFY_OBJECTS) $(OBJECTS) $(FIRMWARE_OBJECTS)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)
-include $(CLASSIFY_OBJECTS:.o=.d)

ifeq ($(HAVE_ZYDIS),yes)
CHECKS         += monitor
# Where sanitizers slow everything down, the kernel's first instructions will do.
CHECK_monitor  := $(builddir)/$(CLASSIFY) $(if $(filter yes,$(SANITIZERS)),300000 0)
CHECK_DEPS     += $(CLASSIFY)
endif
