"""The command line tool `llm`, with a model of `extra-openai-models.yaml`."""

import os
import pathlib
import subprocess
import sys

home = pathlib.Path(os.environ["LLM_USER_PATH"])
home.mkdir(parents=True, exist_ok=True)
(home / "extra-openai-models.yaml").write_text(
    f"- model_id: lumenfall\n  model_name: {os.environ['CHAT_MODEL']}\n  api_base: {os.environ['OPENAI_BASE_URL']}\n"
    "  api_key_name: lumenfall\n"
)
llm = str(pathlib.Path(sys.executable).parent / "llm")
for extra in ([], ["--no-stream"]):
    done = subprocess.run(
        [llm, "-m", "lumenfall", "--key", os.environ["OPENAI_API_KEY"], *extra, "Say hello"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0 and done.stdout.strip(), done.stderr
print("prompt, streamed and whole")
