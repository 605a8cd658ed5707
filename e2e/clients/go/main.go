// OpenAI's Go SDK: a chat, a stream, an image, an error.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/openai/openai-go/v3"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	ctx := context.Background()
	client := openai.NewClient()
	params := openai.ChatCompletionNewParams{
		Model:    os.Getenv("CHAT_MODEL"),
		Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("Say hello")},
	}
	chat, err := client.Chat.Completions.New(ctx, params)
	check(err)
	if chat.Choices[0].Message.Content == "" {
		check(errors.New("the chat has no text"))
	}

	stream := client.Chat.Completions.NewStreaming(ctx, params)
	text := ""
	for stream.Next() {
		if chunk := stream.Current(); len(chunk.Choices) > 0 {
			text += chunk.Choices[0].Delta.Content
		}
	}
	check(stream.Err())
	if text == "" {
		check(errors.New("the stream has no text"))
	}

	image, err := client.Images.Generate(ctx, openai.ImageGenerateParams{Prompt: "A fox", Model: os.Getenv("IMAGE_MODEL")})
	check(err)
	if image.Data[0].URL == "" {
		check(errors.New("the image has no URL"))
	}

	params.Model = "no-such/model-at-all"
	_, err = client.Chat.Completions.New(ctx, params)
	var refusal *openai.Error
	if !errors.As(err, &refusal) || refusal.StatusCode != 404 {
		check(fmt.Errorf("an unknown model: expected a 404, got %v", err))
	}
	fmt.Println("chat, stream, image, error")
}
