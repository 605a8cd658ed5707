"""instructor: a typed answer through a tool call."""

import os

import instructor
from openai import OpenAI
from pydantic import BaseModel


class Person(BaseModel):
    name: str
    age: int


client = instructor.from_openai(OpenAI())
person = client.chat.completions.create(
    model=os.environ["CHAT_MODEL"],
    response_model=Person,
    messages=[{"role": "user", "content": "[sandbox tool] Ada is 36 years old"}],
)
assert isinstance(person, Person)
print("typed answer")
