using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .digits),
    # The registry of this example is on this machine.
    (name = "internet", network = (allow = ["public", "private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:8790", http = (), service = "main")],
);

const digits :Workerd.Worker = (
  modules = [
    (name = "worker.js", esModule = embed "dist/worker.js"),
    (name = "ort-wasm-simd-threaded.wasm", wasm = embed "dist/ort-wasm-simd-threaded.wasm"),
  ],
  compatibilityDate = "2026-11-01",
  bindings = [
    (name = "REGISTRY", fromEnvironment = "REGISTRY"),
    (name = "KEY", fromEnvironment = "KEY"),
  ],
);
