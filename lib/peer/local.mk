# The only folder that includes curl.
noinst_LIBRARIES += libpeer.a
libpeer_a_SOURCES = \
	lib/peer/http.c \
	lib/peer/http.h
libpeer_a_CPPFLAGS = $(AM_CPPFLAGS) $(CURL_CFLAGS)

# What a program that uses lib/peer links.
PEER_LIBS = libpeer.a $(BASE_LIBS) $(CURL_LIBS)
