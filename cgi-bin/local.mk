# The loop that every CGI program begins and ends with.
noinst_LIBRARIES += libcgi.a
libcgi_a_SOURCES = \
	cgi-bin/cgi.c \
	cgi-bin/cgi.h

# What a CGI program links, before what its pages need.
CGI_LIBS = libcgi.a libweb.a libmarkup.a $(DB_LIBS) $(FCGI_LIBS)
