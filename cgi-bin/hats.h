/*
 * The pages of the program "hats", one file each: what anybody may look at.
 */
#ifndef CGI_HATS_H
#define CGI_HATS_H

#include "cgi-bin/cgi.h"

enum rc home_page(struct visit *v, struct error *e);     /* home.c */
enum rc hat_page(struct visit *v, struct error *e);      /* hat.c */
enum rc list_all(struct visit *v, struct error *e);      /* list.c */
enum rc list_category(struct visit *v, struct error *e); /* list.c */
enum rc list_search(struct visit *v, struct error *e);   /* list.c */
enum rc text_page(struct visit *v, struct error *e);     /* textpage.c */
enum rc sitemap_xml(struct visit *v, struct error *e);   /* robots.c */
enum rc robots_txt(struct visit *v, struct error *e);    /* robots.c */

#endif
