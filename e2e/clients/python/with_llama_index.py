"""LlamaIndex: a completion, a chat and a stream through OpenAILike."""

import os

from llama_index.core.llms import ChatMessage
from llama_index.llms.openai_like import OpenAILike

model = OpenAILike(
    model=os.environ["CHAT_MODEL"],
    api_base=os.environ["OPENAI_BASE_URL"],
    api_key=os.environ["OPENAI_API_KEY"],
    is_chat_model=True,
)
assert model.complete("Say hello").text
messages = [ChatMessage(role="user", content="Say hello")]
assert model.chat(messages).message.content
assert "".join(part.delta or "" for part in model.stream_chat(messages))
print("completion, chat, stream")
