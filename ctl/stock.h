/*
 * The actions of "shopctl stock" that have a file of their own; argv[0] is the
 * action's name.
 */
#ifndef CTL_STOCK_H
#define CTL_STOCK_H

#include "ctl/shopctl.h"

int stock_show(const struct ctl *c, int argc, char **argv);
int stock_suspected(const struct ctl *c, int argc, char **argv);
int stock_give_back(const struct ctl *c, int argc, char **argv);
int stock_put_back(const struct ctl *c, int argc, char **argv);
int stock_booked_out(const struct ctl *c, int argc, char **argv);

#endif
