"""pydantic-ai: an agent's answer, and one with a tool."""

import os

from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

provider = OpenAIProvider(base_url=os.environ["OPENAI_BASE_URL"], api_key=os.environ["OPENAI_API_KEY"])
agent = Agent(OpenAIChatModel(os.environ["CHAT_MODEL"], provider=provider))
result = agent.run_sync("Say hello")
assert result.output
print("agent")
