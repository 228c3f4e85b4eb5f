# The Python package: installed as it is, for any interpreter.

pythondir ?= $(prefix)/share/fdpreload/python

package_dir = $(DESTDIR)$(pythondir)/fdpreload

.PHONY: install-python uninstall-python
install: install-python
uninstall: uninstall-python

# Where the library lies is written down relative to the package: DESTDIR, or a
# copy of the tree elsewhere, changes nothing.
install-python:
	$(foreach file,$(PYTHON_SRCS),install -D -m 0644 $(file) $(package_dir)/$(notdir $(file)) &&) :
	printf '"""Written by make install."""\n\nlibdir = "%s"\n' \
		"$$(realpath -m --relative-to='$(pythondir)/fdpreload' '$(libdir)')" \
		>$(package_dir)/_installed.py

uninstall-python:
	rm -f $(addprefix $(package_dir)/,$(notdir $(PYTHON_SRCS)) _installed.py *.pyc)
	rm -rf $(package_dir)/__pycache__
	-rmdir --ignore-fail-on-non-empty $(package_dir) $(DESTDIR)$(pythondir) \
		$(dir $(DESTDIR)$(pythondir))
