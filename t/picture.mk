# Pictures and their store.
picture_tests = t/syncd-picture t/syncd-picture-child t/syncd-store t/syncd-fetch
check_PROGRAMS += $(picture_tests)
TESTS += $(picture_tests)

t_syncd_picture_SOURCES = t/syncd-picture.c t/hats.c t/hats.h
t_syncd_picture_CPPFLAGS = $(AM_CPPFLAGS) $(GD_CFLAGS)
t_syncd_picture_LDADD = libtap.a $(PICTURE_LIBS)
t_syncd_picture_LDFLAGS = $(LDFLAGS_TORTURE)
t_syncd_picture_child_SOURCES = t/syncd-picture-child.c t/hats.c t/hats.h
t_syncd_picture_child_CPPFLAGS = $(AM_CPPFLAGS) $(GD_CFLAGS)
t_syncd_picture_child_LDADD = libtap.a $(PICTURE_LIBS)
t_syncd_picture_child_LDFLAGS = $(LDFLAGS_TORTURE) \
	-Wl,--wrap=gdImageCreateFromGifPtr,--wrap=fork
t_syncd_store_SOURCES = t/syncd-store.c
t_syncd_store_LDADD = libtap.a $(PICTURE_LIBS)
t_syncd_store_LDFLAGS = $(LDFLAGS_TORTURE)
t_syncd_fetch_SOURCES = t/syncd-fetch.c
t_syncd_fetch_LDADD = libtap.a $(PICTURE_LIBS)
noinst_HEADERS += t/scratch.h t/valgrind.h

# What s3.t runs.
check_PROGRAMS += t/s3-tool
t_s3_tool_SOURCES = t/s3-tool.c
t_s3_tool_LDADD = $(PICTURE_LIBS)
dist_check_SCRIPTS += t/pictures.t t/s3.t

# Makes pictures of pages small, for ./dev pictures.
check_PROGRAMS += t/palette
t_palette_SOURCES = t/palette.c
t_palette_CPPFLAGS = $(AM_CPPFLAGS) $(GD_CFLAGS)
t_palette_LDADD = libbase.a $(GD_LIBS)
EXTRA_DIST += t/lib/life.mjs
