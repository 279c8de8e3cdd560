"""Writes fixtures/chat-templates.json: conversations as transformers' `apply_chat_template` writes them.

python make-chat-templates.py (with transformers 5.23.0). The templates are in the styles that models are released with.
"""

import json
import os

from tokenizers import Tokenizer, models
from transformers import PreTrainedTokenizerFast

TEMPLATES = {
    # One line, as in ChatML.
    "chatml": "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nYou help.<|im_end|>\n' }}{% endif %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}",
    # Headers, BOS, trimmed contents, a loop variable set, as in Llama 3.
    "headers": "{% set loop_messages = messages %}{% for message in loop_messages %}{% set content = '<|start|>' + message['role'] + '<|stop|>\n\n' + message['content'] | trim + '<|eot|>' %}{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}{{ content }}{% endfor %}{% if add_generation_prompt %}{{ '<|start|>assistant<|stop|>\n\n' }}{% endif %}",
    # Lines and blocks that are stripped, roles that must take turns, no generation prompt, as in Llama 2 and Mistral.
    "instructions": """{%- if messages[0]["role"] == "system" %}
    {%- set system_message = messages[0]["content"] %}
    {%- set loop_messages = messages[1:] %}
{%- else %}
    {%- set loop_messages = messages %}
{%- endif %}
{{- bos_token }}
{%- for message in loop_messages %}
    {%- if (message["role"] == "user") != (loop.index0 % 2 == 0) %}
        {{- raise_exception("Roles must take turns: user/assistant/user/…") }}
    {%- endif %}
    {%- if message["role"] == "user" %}
        {%- if loop.last and system_message is defined %}
            {{- "[INST] " + system_message + "\\n\\n" + message["content"] + "[/INST]" }}
        {%- else %}
            {{- "[INST] " + message["content"] + "[/INST]" }}
        {%- endif %}
    {%- else %}
        {{- " " + message["content"] | trim + eos_token}}
    {%- endif %}
{%- endfor %}
""",
    # Text outside of blocks, newlines kept and removed by trim_blocks, as in Zephyr; the generation tag of transformers.
    "plain": """{% for message in messages %}
{% if message['role'] == 'user' %}
{{ '<|user|>
' + message['content'] + eos_token }}
{% elif message['role'] == 'system' %}
{{ '<|system|>
' + message['content'] + eos_token }}
{% elif message['role'] == 'assistant' %}
{{ '<|assistant|>
' }}{% generation %}{{ message['content'] + eos_token }}{% endgeneration %}

{% endif %}
{% if loop.last and add_generation_prompt %}
{{ '<|assistant|>' }}
{% endif %}
{% endfor %}""",
    # A macro, a namespace, reverse, string tests and methods, a place to think for the last answer, tools as JSON, as in Qwen 3.
    "thinking": """{%- macro turn(role, text) -%}
{{ '<|im_start|>' ~ role ~ '\\n' ~ text ~ '<|im_end|>\\n' }}
{%- endmacro -%}
{%- if tools %}
    {{- '<|im_start|>system\\n# Tools\\n' }}
    {%- for tool in tools %}
        {{- tool | tojson }}{{ '\\n' }}
    {%- endfor %}
    {{- '<|im_end|>\\n' }}
{%- endif %}
{%- set ns = namespace(last=-1) %}
{%- for message in messages[::-1] %}
    {%- if ns.last < 0 and message.role == 'user' and not (message.content is string and message.content.startswith('<tool')) %}
        {%- set ns.last = messages | length - 1 - loop.index0 %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- set content = message.content if message.content is string else '' %}
    {%- if message.role == 'assistant' and loop.index0 > ns.last %}
        {%- if '</think>' in content %}
            {{- turn('assistant', '<think>\\n' + content.split('</think>')[0].replace('<think>', '').strip() + '\\n</think>\\n\\n' + content.split('</think>')[-1].lstrip('\\n')) }}
        {%- else %}
            {{- turn('assistant', '<think>\\n\\n</think>\\n\\n' + content) }}
        {%- endif %}
    {%- else %}
        {{- turn(message.role, content) }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}""",
}

CONVERSATIONS = {
    "one turn": [{"role": "user", "content": "What is a pear?"}, {"role": "assistant", "content": "A fruit."}],
    "three turns, system": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "  1 + 1?\n"},
        {"role": "assistant", "content": " 2 "},
        {"role": "user", "content": "Γιατί; 👋 \"'<>&{{ x }}"},
        {"role": "assistant", "content": "Because.\n\nIt\tis so."},
        {"role": "user", "content": "Sure?"},
        {"role": "assistant", "content": "<think>\nHm.\n</think>\n\nYes.\n"},
    ],
    "a question alone": [{"role": "user", "content": "Hi"}],
    "out of turn": [{"role": "user", "content": "Hi"}, {"role": "user", "content": "Are you there?"}],
}

TOOLS = [{"type": "function", "function": {"name": "add", "description": "Adds \"numbers\" – é", "parameters": {"type": "object", "properties": {"a": {"type": "number"}}, "required": ["a"]}}}]

tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.WordLevel({"<s>": 0, "</s>": 1}, unk_token="<s>")), bos_token="<s>", eos_token="</s>")


def write(template, conversation, **options):
    try:
        return tokenizer.apply_chat_template(conversation, chat_template=template, tokenize=False, **options)
    except Exception as error:
        return {"error": type(error).__name__}


cases = [
    {
        "template": name,
        "conversation": title,
        "addGenerationPrompt": begin,
        **({"tools": TOOLS} if tools else {}),
        "text": write(template, conversation, add_generation_prompt=begin, tools=TOOLS if tools else None),
    }
    for name, template in TEMPLATES.items()
    for title, conversation in CONVERSATIONS.items()
    for begin in [False, True]
    for tools in ([False, True] if name == "thinking" else [False])
]
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "fixtures", "chat-templates.json"), "w") as file:
    json.dump({"templates": TEMPLATES, "specials": {"bos_token": "<s>", "eos_token": "</s>"}, "conversations": CONVERSATIONS, "cases": cases}, file, ensure_ascii=False, indent=1)
    file.write("\n")
