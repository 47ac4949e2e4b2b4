# The libraries; what each may include is in doc/design.md and tested.
include $(srcdir)/lib/base/local.mk
include $(srcdir)/lib/markup/local.mk
include $(srcdir)/lib/web/local.mk
include $(srcdir)/lib/db/local.mk
include $(srcdir)/lib/shop/local.mk
include $(srcdir)/lib/stock/local.mk
include $(srcdir)/lib/peer/local.mk
include $(srcdir)/lib/flow/local.mk
include $(srcdir)/lib/letter/local.mk
