noinst_LIBRARIES += libflow.a
libflow_a_SOURCES = \
	lib/flow/bounce.c \
	lib/flow/bounce.h \
	lib/flow/close.c \
	lib/flow/close.h \
	lib/flow/flow.c \
	lib/flow/flow.h \
	lib/flow/flow_book.c \
	lib/flow/flow_call.c \
	lib/flow/flow_cancel.c \
	lib/flow/flow_conclude.c \
	lib/flow/flow_dispute.c \
	lib/flow/flow_goods.c \
	lib/flow/flow_impl.h \
	lib/flow/flow_vanished.c \
	lib/flow/flow_job.c \
	lib/flow/flow_letter.c \
	lib/flow/flow_listen.c \
	lib/flow/flow_news.c \
	lib/flow/flow_parcel.c \
	lib/flow/flow_post.h \
	lib/flow/flow_post_letter.c \
	lib/flow/flow_unbook.c \
	lib/flow/flow_refund.c \
	lib/flow/flow_returns.c \
	lib/flow/letters.c \
	lib/flow/letters.h \
	lib/flow/patient.c \
	lib/flow/patient.h \
	lib/flow/reconcile.c \
	lib/flow/reconcile_claims.c \
	lib/flow/reconcile_gateways.c \
	lib/flow/reconcile.h \
	lib/flow/reconcile_impl.h \
	lib/flow/stock_read.c \
	lib/flow/stock_read.h \
	lib/flow/wiring.c \
	lib/flow/wiring.h \
	lib/flow/wiring_courier.c \
	lib/flow/wiring_courier.h

# What a program that advances orders links, before its $(FCGI_LIBS).
FLOW_LIBS = libflow.a libstock.a $(SHOP_LIBS) $(PEER_LIBS) $(MARIADB_LIBS)
