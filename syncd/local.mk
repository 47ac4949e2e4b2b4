# syncd

# Pictures: syncd links these; their tests do too.
noinst_LIBRARIES += libpicture.a
libpicture_a_SOURCES = \
	syncd/picture.h \
	syncd/store.h
