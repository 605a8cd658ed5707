"""OpenAI's Python SDK: a chat, a stream, an image, a video, and an error."""

import os
import warnings

from openai import NotFoundError, OpenAI

warnings.filterwarnings("error", category=UserWarning)  # Pydantic warns if a field has another type than declared.
client = OpenAI()
messages = [{"role": "user", "content": "Say hello"}]

chat = client.chat.completions.create(model=os.environ["CHAT_MODEL"], messages=messages)
assert chat.choices[0].message.content
assert chat._request_id.startswith("req_")
chat.model_dump()
float(chat.metadata["cost"])

text = ""
for chunk in client.chat.completions.create(model=os.environ["CHAT_MODEL"], messages=messages, stream=True):
    text += (chunk.choices[0].delta.content or "") if chunk.choices else ""
assert text

image = client.images.generate(model=os.environ["IMAGE_MODEL"], prompt="A lighthouse")
assert image.data[0].url

video = client.videos.create_and_poll(model=os.environ["VIDEO_MODEL"], prompt="Waves at night", seconds="4")
assert video.status == "completed", video
assert client.videos.download_content(video.id).read()

try:
    client.chat.completions.create(model="no-such/model-at-all", messages=messages)
    raise AssertionError("an unknown model was accepted")
except NotFoundError as error:
    assert error.code == "MODEL_NOT_FOUND"

print("chat, stream, image, video, error")
