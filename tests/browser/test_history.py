"""A thousand messages of history, or one as long: as quick to type beside as none."""

from __future__ import annotations

from lab import Lab
from playwright.sync_api import expect

LONG = """
markdown = "Some `code`, a [link](src/a.py) and\\n\\n```python\\nx = 1\\n```\\n"
maestro_pages[-1].part(turns=[maestro_turn(number, f"request {number}", markdown) for number in range(1000)])
"""


def test_of_a_thousand_messages_only_those_near_the_screen_are_rendered(scripted: Lab) -> None:
    scripted.open("long.ipynb", LONG)
    scripted.connected()
    scripted.run(0)
    turns = scripted.panel.locator(".maestro-Turn")
    expect(turns).to_have_count(1000)
    expect(turns.last.locator(".maestro-Markdown code").first).to_be_visible()
    expect(turns.last).to_be_in_viewport()
    rendered = scripted.panel.locator(".maestro-Markdown .jp-RenderedMarkdown")
    assert rendered.count() < 60
    expect(turns.first.locator(".jp-RenderedMarkdown")).to_have_count(0)
    scripted.panel.get_by_role("region", name="Conversation").focus()
    scripted.page.keyboard.press("Home")
    expect(turns.first.locator(".jp-RenderedMarkdown")).to_have_count(1)
    scripted.chat.click()
    scripted.page.keyboard.type("fix the auth", delay=30)
    expect(scripted.files).to_have_count(3)
    expect(turns.first).to_be_in_viewport()  # the person reads old messages; typing does not scroll them away


LONG_ANSWER = """
answer = "".join(f"## Part {number}\\n\\n{'Some words. ' * 40}\\n\\n" for number in range(400))
maestro_pages[-1].part(turns=[maestro_turn(1, "all of it", answer)])
"""


def test_of_a_long_answer_only_what_is_near_the_screen_is_rendered(scripted: Lab) -> None:
    scripted.open("answer.ipynb", LONG_ANSWER)
    scripted.connected()
    scripted.run(0)
    conversation = scripted.panel.get_by_role("region", name="Conversation")
    expect(conversation.get_by_role("heading", name="Part 399")).to_be_in_viewport()
    expect(conversation.get_by_role("heading", name="Part 0", exact=True)).to_have_count(0)
    assert scripted.panel.locator(".jp-RenderedMarkdown").count() < 60
    conversation.focus()
    scripted.page.keyboard.press("Home")
    expect(conversation.get_by_role("heading", name="Part 0", exact=True)).to_be_in_viewport()


LONG_BLOCKS = """
rows = "".join(f"| row {number} | {number * 3} |\\n" for number in range(3000))
code = "".join(f"value_{number} = {number}\\n" for number in range(3000))
answer = f"Rows:\\n\\n| name | count |\\n|---|--:|\\n{rows}\\nCode:\\n\\n```python\\n{code}```\\n"
maestro_pages[-1].part(turns=[maestro_turn(1, "all of it", answer)])
"""


def test_a_long_table_is_drawn_in_parts_and_long_code_plainly(scripted: Lab) -> None:
    scripted.open("blocks.ipynb", LONG_BLOCKS)
    scripted.connected()
    scripted.run(0)
    conversation = scripted.panel.get_by_role("region", name="Conversation")
    code = conversation.locator(".maestro-Code code")
    expect(code).to_contain_text("value_2999 = 2999", timeout=20_000)
    expect(code.locator("[class*=cm-], [class*=tok-]")).to_have_count(0)
    selected = code.evaluate(
        """node => {
            getSelection().selectAllChildren(node);
            return getSelection().toString();
        }"""
    )
    assert selected.strip() == "\n".join(f"value_{number} = {number}" for number in range(3000))
    conversation.focus()
    scripted.page.keyboard.press("Home")
    expect(conversation.get_by_role("cell", name="row 0", exact=True)).to_be_in_viewport(timeout=20_000)
    assert conversation.get_by_role("row").count() < 2000
    conversation.get_by_role("cell", name="row 330", exact=True).scroll_into_view_if_needed()
    expect(conversation.get_by_role("columnheader", name="count").nth(1)).to_be_attached()
