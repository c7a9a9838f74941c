.PHONY: run test check build wasm web demo models format tidy clean

# Installs what is missing, builds, and reads the text in a picture.
run:
	scripts/setup.sh run
	cmake --preset release -D WEDGE_BUILD_TESTS=OFF -D WEDGE_PRECOMPILE=ON
	cmake --build --preset release
	scripts/run.sh

# Installs what is missing, builds, and runs every test, natively and in WebAssembly.
test:
	scripts/setup.sh test
	-scripts/fetch_models.sh
	$(MAKE) build wasm web
	ctest --preset release
	ctest --preset wasm

# As continuous integration: the tests, the style, the sanitizers.
check:
	.ci/run

build:
	cmake --preset release -D WEDGE_BUILD_TESTS=ON -D WEDGE_PRECOMPILE=ON -D WEDGE_UNITS=programs
	cmake --build --preset release

# The WebAssembly modules, into bindings/web/dist.
wasm:
	cmake --preset wasm -D WEDGE_PRECOMPILE=ON
	cmake --build --preset wasm

# The npm package, on the engines that are built.
web:
	scripts/build_web.sh

# Serves the demos.
demo:
	scripts/setup.sh wasm
	-scripts/fetch_models.sh
	-scripts/fetch_demos.sh
	$(MAKE) wasm web
	node demos/serve.mjs

models:
	scripts/fetch_models.sh

format:
	git ls-files '*.h' '*.cpp' | xargs clang-format-19 -i

tidy:
	scripts/tidy.py

clean:
	rm -rf build bindings/web/dist
