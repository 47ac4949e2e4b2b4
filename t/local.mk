# t

dist_check_SCRIPTS += t/stock-demo.t
