/*
 * The pages of the program "hats", one file each; its lists are in list.h.
 */
#ifndef CGI_HATS_H
#define CGI_HATS_H

#include "cgi-bin/cgi.h"

enum rc home_page(struct visit *v, struct error *e);   /* home.c */
enum rc hat_page(struct visit *v, struct error *e);    /* hat.c */
enum rc text_page(struct visit *v, struct error *e);   /* textpage.c */
enum rc sitemap_xml(struct visit *v, struct error *e); /* robots.c */
enum rc robots_txt(struct visit *v, struct error *e);  /* robots.c */

#endif
