noinst_LIBRARIES += libflow.a
libflow_a_SOURCES = \
	lib/flow/flow.c \
	lib/flow/flow.h \
	lib/flow/flow_call.c \
	lib/flow/flow_goods.c \
	lib/flow/flow_impl.h
