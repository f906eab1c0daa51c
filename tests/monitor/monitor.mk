# The proof that no sensitive instruction goes past the dispatcher; needs libzydis.

CLASSIFY         := obj/tests/monitor/classify
CLASSIFY_OBJECTS := $(patsubst %,obj/tests/monitor/%.o,classify list)
$(CLASSIFY): $(CLASSIFY_OBJECTS) $(OBJECTS) $(FIRMWARE_OBJECTS)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(ZYDIS_LIBS) $(LIBS)
-include $(CLASSIFY_OBJECTS:.o=.d)

ifeq ($(HAVE_ZYDIS),yes)
CHECKS         += monitor
CHECK_monitor  := $(builddir)/$(CLASSIFY)
CHECK_DEPS     += $(CLASSIFY)
endif
