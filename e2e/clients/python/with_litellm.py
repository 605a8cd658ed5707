"""LiteLLM's SDK: a chat and a stream through its `openai/` provider."""

import os

import litellm

model = "openai/" + os.environ["CHAT_MODEL"]
messages = [{"role": "user", "content": "Say hello"}]
options = {"api_base": os.environ["OPENAI_BASE_URL"], "api_key": os.environ["OPENAI_API_KEY"]}

answer = litellm.completion(model=model, messages=messages, **options)
assert answer.choices[0].message.content
assert answer.usage.total_tokens > 0

text = "".join(
    chunk.choices[0].delta.content or "" for chunk in litellm.completion(model=model, messages=messages, stream=True, **options)
)
assert text
print("chat, stream")
