"""LangChain: a chat, a stream with usage, and a structured answer."""

import os

from langchain_openai import ChatOpenAI

model = ChatOpenAI(model=os.environ["CHAT_MODEL"], stream_usage=True)
assert model.invoke("Say hello").content

whole = None
for chunk in model.stream("Say hello"):
    whole = chunk if whole is None else whole + chunk
assert whole.content
assert whole.usage_metadata["total_tokens"] > 0
print("chat, stream with usage")
