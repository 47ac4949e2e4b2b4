# lib/web and the loop of cgi-bin.
web_tests = t/web-cookie t/web-form t/web-reply t/web-request
check_PROGRAMS += $(web_tests)
TESTS += $(web_tests)

WEB_LIBS = libweb.a $(MARKUP_LIBS)

t_web_cookie_SOURCES = t/web-cookie.c
t_web_cookie_LDADD = libtap.a $(WEB_LIBS)
t_web_cookie_LDFLAGS = $(LDFLAGS_TORTURE)
t_web_form_SOURCES = t/web-form.c
t_web_form_LDADD = libtap.a $(WEB_LIBS)
t_web_form_LDFLAGS = $(LDFLAGS_TORTURE)
t_web_reply_SOURCES = t/web-reply.c
t_web_reply_LDADD = libtap.a $(WEB_LIBS)
t_web_reply_LDFLAGS = $(LDFLAGS_TORTURE)
t_web_request_SOURCES = t/web-request.c
t_web_request_LDADD = libtap.a $(WEB_LIBS)
t_web_request_LDFLAGS = $(LDFLAGS_TORTURE)

# What cgi-loop.t and cgi-apache.t run.
check_PROGRAMS += t/cgi-echo
t_cgi_echo_SOURCES = t/cgi-echo.c
t_cgi_echo_LDADD = $(CGI_LIBS)
dist_check_SCRIPTS += t/cgi-apache.t t/cgi-health.t t/cgi-loop.t
