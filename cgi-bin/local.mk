# The loop that every CGI program begins and ends with.
noinst_LIBRARIES += libcgi.a
libcgi_a_SOURCES = \
	cgi-bin/cgi.c \
	cgi-bin/cgi.h
