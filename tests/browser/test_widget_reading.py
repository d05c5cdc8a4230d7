"""Reading through the widget: long threads, what is new, several threads, and what fails."""

from __future__ import annotations

import requests
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

from tests.browser.page import BODY, Page

OFFLINE = {"offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
ONLINE = {"offline": False}


def test_sorts_and_pages_a_long_thread(page: Page) -> None:
    url = page.open("/long")
    comments = [page.service.post(url, f"Remark number {n}.") for n in range(23)]
    for n in range(5):
        page.service.post(url, f"Answer {n}.", parent=comments[0]["id"])
    page.browser.refresh()
    page.until(lambda: len(page.bodies()) == 20)
    assert page.bodies()[0] == "Remark number 22."
    page.find(".frame > .further").click()
    page.until(lambda: len(page.bodies()) == 23 + 3)
    assert page.focused().find_element(*BODY).text == "Remark number 2."
    assert page.all(".frame > .further") == []
    further = page.find(".replies + .further")
    assert further.text == "Show 2 more replies"
    further.click()
    page.article("Answer 4.")
    assert page.focused().find_element(*BODY).text == "Answer 3."
    Select(page.find("select")).select_by_value("oldest")
    page.until(lambda: page.bodies()[0] == "Remark number 0.")
    page.script("arguments[0].setAttribute('sort', 'oldest')", page.thread())
    page.until(lambda: len(page.bodies()) == 20 + 3 and page.bodies()[0] == "Remark number 0.")
    assert page.find("select").get_attribute("value") == "oldest"


def test_new_comments_wait_for_a_click(page: Page) -> None:
    url = page.open("/live")
    first = page.service.post(url, "I was here first.")
    page.browser.refresh()
    page.article("here first")
    page.service.post(url, "And I came second.")
    page.service.post(url, "An answer goes in place.", parent=first["id"])
    page.refresh()
    page.article("goes in place")
    assert page.find("h2").text == "3 comments"
    assert "And I came second." not in page.bodies()
    page.find(".fresh").click()
    article = page.article("And I came second.")
    page.until(lambda: page.focused() == article)
    assert page.bodies()[0] == "And I came second."


def test_follows_a_link_to_a_reply_that_is_not_on_the_page(page: Page) -> None:
    url = page.open("/deep")
    old = page.service.post(url, "The oldest of all.")
    replies = [page.service.post(url, f"Answer {n}.", parent=old["id"]) for n in range(5)]
    for n in range(21):
        page.service.post(url, f"Later {n}.")
    page.open("/deep", fragment=f"#rejoinder-comment-{replies[4]['id']}")
    target = page.article("Answer 4.")
    page.until(lambda: page.focused() == target)
    page.article("The oldest of all.")


def test_a_link_shows_one_conversation_whatever_became_of_what_is_above(page: Page) -> None:
    url = f"{page.host.origin}/buried"
    root = page.service.post(url, "The root of it.")
    middle = page.service.post(url, "In between.", parent=root["id"])
    leaf = page.service.post(url, "Deep down.", parent=middle["id"])
    for n in range(21):
        page.service.post(url, f"Later {n}.")
    page.service.ask("DELETE", f"/comments/{root['id']}")
    page.service.decide(middle["id"], "reject")
    page.open("/buried", fragment=f"#rejoinder-comment-{leaf['id']}")
    target = page.article("Deep down.")
    page.until(lambda: page.focused() == target)
    assert page.bodies() == ["Deep down."]
    asked = page.script(
        "return performance.getEntriesByType('resource').filter((e) => /around|comments.[0-9a-f]/"
        ".test(e.name)).length"
    )
    assert asked == 1
    [whole] = page.all(".whole")
    assert whole.text == "View the whole discussion"
    whole.click()
    page.until(lambda: page.all(".whole") == [])
    assert page.bodies() == [f"Later {n}." for n in range(20, 0, -1)]
    assert page.all(".whole") == []
    missing = "01890000-0000-7000-8000-000000000000"
    page.script("location.hash = arguments[0]", f"rejoinder-comment-{missing}")
    page.until(lambda: page.texts(".toast") == ["The linked comment is no longer here."])


def test_oldest_first_goes_on_with_what_comes(page: Page) -> None:
    url = page.open("/oldest", '<rejoinder-thread sort="oldest"></rejoinder-thread>')
    for n in range(20):
        page.service.post(url, f"Number {n}.")
    page.browser.refresh()
    page.until(lambda: len(page.bodies()) == 20)
    page.service.post(url, "Number 20.")
    page.refresh()
    page.find(".fresh").click()
    page.until(lambda: page.bodies()[-1] == "Number 20.")
    page.write("My own.")
    page.until(lambda: page.bodies()[-1] == "My own.")
    assert len(page.bodies()) == 22


def test_top_first_loses_what_is_gone_and_shows_nothing_that_is(page: Page) -> None:
    url = page.open("/top", '<rejoinder-thread sort="top"></rejoinder-thread>')
    made = [page.service.post(url, f"Number {n}.") for n in range(25)]
    page.browser.refresh()
    page.until(lambda: len(page.bodies()) == 20)
    page.service.decide(made[20]["id"], "reject")
    page.refresh()
    assert "Number 20." not in page.bodies()
    fresh = page.service.post(url, "Gone before it was seen.")
    page.refresh()
    [button] = page.all(".fresh")
    page.service.decide(fresh["id"], "reject")
    button.click()
    page.until(lambda: page.all(".fresh") == [])
    assert "Gone before it was seen." not in page.bodies()
    page.find(".frame > .further").click()
    page.until(lambda: len(page.bodies()) == 24)
    assert page.find("h2").text == "24 comments"


def test_new_replies_are_counted_and_marked(page: Page) -> None:
    url = page.open("/answered")
    root = page.service.post(url, "Any answers?")
    page.browser.refresh()
    page.article("Any answers?")
    for n in range(2):
        page.service.post(url, f"Answer {n}.", parent=root["id"])
    page.refresh()
    assert page.texts(".new") == ["New", "New"]
    assert page.find(".fresh").text == "2 new replies"
    assert (
        page.script(
            "return arguments[0].shadowRoot.querySelector('.sr[role=status]').textContent",
            page.thread(),
        )
        == "2 new replies"
    )
    page.find(".fresh").click()
    page.until(lambda: page.focused() == page.article("Answer 0."))
    assert page.all(".fresh") == []


def test_a_count_beside_the_thread_follows_it_and_the_order_is_remembered(page: Page) -> None:
    page.open("/beside", "<rejoinder-count></rejoinder-count><rejoinder-thread></rejoinder-thread>")
    page.write("One.")
    page.article("One.")
    [count] = page.browser.find_elements(By.TAG_NAME, "rejoinder-count")
    page.until(lambda: count.text == "1 comment")
    page.write("Two.")
    page.article("Two.")
    page.until(lambda: count.text == "2 comments")
    Select(page.find("select")).select_by_value("oldest")
    page.until(lambda: page.bodies() == ["One.", "Two."])
    page.browser.refresh()
    page.until(lambda: page.bodies() == ["One.", "Two."])


def test_each_count_on_a_page_is_that_of_its_own_thread(page: Page) -> None:
    page.service.post(f"{page.host.origin}/other", "One.")
    body = (
        '<rejoinder-count format="number" thread-id="related"></rejoinder-count>'
        '<rejoinder-count format="number" url="/other"></rejoinder-count>'
        '<rejoinder-count format="number" url="/counted?utm_source=x#top"></rejoinder-count>'
        '<rejoinder-count format="number"></rejoinder-count>'
        "<rejoinder-thread></rejoinder-thread>"
    )
    page.open("/counted", body)
    counts = page.browser.find_elements(By.TAG_NAME, "rejoinder-count")
    page.until(lambda: [count.text for count in counts] == ["0", "1", "0", "0"])
    page.write("Two.")
    page.until(lambda: [count.text for count in counts] == ["0", "1", "1", "1"])
    page.act("Two.", "Delete")
    page.find("dialog button.danger").click()
    page.until(lambda: [count.text for count in counts] == ["0", "1", "0", "0"])


def test_a_thread_with_an_id_is_counted_by_it_wherever_its_page_is(page: Page) -> None:
    body = (
        '<rejoinder-count format="number" thread-id="mine" url="/elsewhere"></rejoinder-count>'
        '<rejoinder-count format="number" thread-id="mine"></rejoinder-count>'
        '<rejoinder-count format="number" thread-id="another"></rejoinder-count>'
        '<rejoinder-thread thread-id="mine"></rejoinder-thread>'
    )
    page.open("/with-id", body)
    counts = page.browser.find_elements(By.TAG_NAME, "rejoinder-count")
    page.until(lambda: [count.text for count in counts] == ["0", "0", "0"])
    page.write("Two.")
    page.until(lambda: [count.text for count in counts] == ["1", "1", "0"])


def test_a_very_long_comment_is_cut_short(page: Page) -> None:
    url = page.open("/endless")
    long = page.service.post(
        url, "\n\n".join(f"Verse {n} of many." for n in range(60)) + "\n\n<https://example.org/end>"
    )
    page.service.post(url, "\n\n".join(f"Line {n} of few." for n in range(12)))
    page.browser.refresh()
    article = page.article("Verse 0")
    rest = page.until(lambda: page.all(".rest"))
    assert [(b.text, b.get_attribute("aria-expanded")) for b in rest] == [("Show more", "false")]
    [button] = rest
    cut = article.find_element(By.CSS_SELECTOR, ".body").find_element(By.XPATH, "..")
    height = "return arguments[0].getBoundingClientRect().height"
    line = "return parseFloat(getComputedStyle(arguments[0]).lineHeight)"
    short = page.script(height, cut)
    assert 23 < short / page.script(line, cut) < 25

    def print_as(media: str) -> None:
        page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media})

    print_as("print")
    assert page.script(height, cut) > 2 * short
    assert page.all(".rest") == []
    print_as("")
    assert page.script(height, cut) == short

    page.script("arguments[0].scrollIntoView({ block: 'center' })", button)
    button.click()
    assert (button.text, button.get_attribute("aria-expanded")) == ("Show less", "true")
    assert page.script(height, cut) > 2 * short
    top = "return arguments[0].getBoundingClientRect().top"
    page.script("arguments[0].scrollIntoView({ block: 'center' })", button)
    before = page.script(top, button)
    button.click()
    assert page.script(height, cut) == short
    page.until(lambda: abs(page.script(top, button) - before) < 2)

    # Not what one goes to: a link in it, by the keyboard, or the comment itself.
    link = article.find_element(By.CSS_SELECTOR, ".body a")
    page.script("arguments[0].focus()", link)
    page.until(lambda: button.text == "Show less")
    seen = (
        "const { top, bottom } = arguments[0].getBoundingClientRect();"
        "return top >= 0 && bottom <= innerHeight"
    )
    page.until(lambda: page.script(seen, link))
    page.open("/elsewhere")
    page.open("/endless", fragment=f"#rejoinder-comment-{long['id']}")
    article = page.article("Verse 0")
    page.until(lambda: page.focused() == article)
    page.until(lambda: "Show less" in page.texts(".rest"))


def test_two_threads_and_their_counts_on_one_page(page: Page) -> None:
    first, second = (f"{page.host.origin}/pair/{name}" for name in "ab")
    page.service.post(first, "Only in the first.")
    page.service.post(first, "Also in the first.")
    page.service.post(second, "Only in the second.")
    page.open(
        "/pair",
        f'<rejoinder-thread url="{first}"></rejoinder-thread>'
        f'<rejoinder-thread url="{second}"></rejoinder-thread>'
        f'<rejoinder-count url="{first}"></rejoinder-count>'
        f'<rejoinder-count url="{second}" format="number"></rejoinder-count>',
    )
    page.until(lambda: len(page.bodies(0)) == 2 and len(page.bodies(1)) == 1)
    counts = page.browser.find_elements(By.TAG_NAME, "rejoinder-count")
    page.until(lambda: [c.text for c in counts] == ["2 comments", "1"])
    page.script("arguments[0].setAttribute('url', arguments[1])", page.thread(1), first)
    page.until(lambda: len(page.bodies(1)) == 2)
    page.script("arguments[0].lang = 'de'", page.thread(1))
    page.until(lambda: [h.text for h in page.all("h2", 1)] == ["2 Kommentare"])
    assert page.find("h2", 0).text == "2 comments"


def test_a_thread_is_found_by_canonical_address_or_id(page: Page) -> None:
    canonical = f"{page.host.origin}/canonical"
    page.service.post(canonical, "Said on the canonical page.")
    page.open("/copy", head=f'<link rel="canonical" href="{canonical}">')
    page.article("Said on the canonical page.")
    url = page.open("/moved", '<rejoinder-thread thread-id="story-7"></rejoinder-thread>')
    page.write("It has an id of its own.")
    page.article("an id of its own")
    assert page.service.thread(url)["comments"] == []
    page.open(
        "/teasers",
        '<rejoinder-count thread-id="story-7"></rejoinder-count>'
        f'<rejoinder-count url="{url}"></rejoinder-count>'
        '<rejoinder-count thread-id="story-8" format="number"></rejoinder-count>',
        ready=False,
    )
    counts = page.browser.find_elements(By.TAG_NAME, "rejoinder-count")
    page.until(lambda: [c.text for c in counts] == ["1 comment", "1 comment", "0"])
    page.open("/moved-again", '<rejoinder-thread thread-id="story-7"></rejoinder-thread>')
    page.article("an id of its own")


def test_a_canonical_address_elsewhere_is_told_before_anybody_writes(page: Page) -> None:
    page.forgiven += ["422", "https://elsewhere.example is no origin of the site"]
    head = '<link rel="canonical" href="https://elsewhere.example/post">'
    page.open("/foreign", head=head, ready=False)
    page.until(
        lambda: page.texts(".unavailable p") == ["Comments are not set up for this page's address."]
    )
    assert page.all("textarea") == []


def test_a_wrong_tag_says_what_is_wrong_with_it(page: Page) -> None:
    page.open(
        "/wrong",
        '<rejoinder-thread url="http://["></rejoinder-thread>'
        '<rejoinder-count url="http://[">?</rejoinder-count>'
        "<rejoinder-count></rejoinder-count>",
        ready=False,
    )
    assert page.find("p").text == "Comments: the url attribute is not a valid address."
    counts = page.browser.find_elements(By.TAG_NAME, "rejoinder-count")
    page.until(lambda: [c.text for c in counts] == ["?", "0 comments"])
    page.script("arguments[0].removeAttribute('url')", page.thread())
    page.until(lambda: page.texts("h2") == ["No comments yet"])


def test_without_the_script_the_page_says_what_it_likes(page: Page) -> None:
    body = "<rejoinder-thread><p id=instead>No comments today.</p></rejoinder-thread>"
    seen = "return document.getElementById('instead').checkVisibility()"
    page.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/embed.js"]})
    page.forgiven.append("ERR_BLOCKED_BY_CLIENT")
    page.open("/unscripted", body, ready=False)
    assert page.script(seen)
    page.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    page.open("/unscripted", body)
    assert not page.script(seen)


def test_the_page_changes_its_language_and_its_colours(page: Page) -> None:
    page.open("/changing")
    page.script("document.documentElement.lang = 'de'")
    page.until(lambda: page.texts("h2") == ["Noch keine Kommentare"])

    def dark() -> bool:
        return "dark" in (page.find(".frame").get_attribute("class") or "")

    assert not dark()
    # Slowly: when the attribute changes, the page still is light.
    page.script(
        "const sheet = new CSSStyleSheet();"
        "sheet.replaceSync('body { background: #fff; transition: background 0.2s }"
        " body.night { background: #111 }');"
        "document.adoptedStyleSheets = [sheet]"
    )
    page.script("document.body.className = 'night'")
    page.until(dark)


def test_a_closed_thread_can_be_read_only(page: Page) -> None:
    url = page.open("/closed")
    page.service.post(url, "The last word.")
    page.service.close(url)
    page.browser.refresh()
    assert "Reply" not in page.labels("The last word.")
    assert page.find(".closed").text.startswith("This discussion is closed.")
    assert page.all("textarea") == []


def test_what_is_written_while_a_refresh_is_under_way_stays(page: Page) -> None:
    url = page.open("/overlap")
    page.service.post(url, "The first of all.")
    page.browser.refresh()
    page.article("The first of all.")
    page.service.post(url, "From somebody else.")
    page.script(
        "const { thread } = arguments[0];"
        "const { read } = thread;"
        "thread.read = async (...given) => {"
        "  const page = await read.apply(thread, given);"
        "  await new Promise((go) => { window.go = go; });"
        "  return page;"
        "};"
        "thread.refresh().then(() => { window.refreshed = true; });",
        page.thread(),
    )
    page.until(lambda: page.script("return Boolean(window.go)"))
    page.write("Written meanwhile.")
    page.article("Written meanwhile.")
    page.script("delete arguments[0].thread.read; go();", page.thread())
    page.until(lambda: page.script("return window.refreshed"))
    assert page.bodies() == ["Written meanwhile.", "The first of all."]
    page.refresh()
    assert page.bodies() == ["Written meanwhile.", "The first of all."]
    page.find(".fresh").click()
    page.article("From somebody else.")
    assert page.all(".fresh") == []
    assert page.find("h2").text == "3 comments"


def test_comes_back_once_with_the_network(page: Page) -> None:
    url = page.open("/offline")
    page.service.post(url, "Here all along.")
    page.browser.execute_cdp_cmd("Network.emulateNetworkConditions", OFFLINE)
    try:
        page.script("arguments[0].setAttribute('sort', 'oldest')", page.thread())
        for _ in range(3):
            page.find(".unavailable button").click()
            page.until(lambda: "You are offline" in "".join(page.texts(".unavailable p")))
    finally:
        page.browser.execute_cdp_cmd("Network.emulateNetworkConditions", OFFLINE | ONLINE)
    page.article("Here all along.")
    page.until(lambda: page.events("rejoinder:loaded"))
    page.find(".write textarea")
    assert page.script("return events.length") == 2


def test_a_lost_answer_never_posts_twice(page: Page) -> None:
    url = page.open("/lost")
    page.forgiven.append("503")
    page.service.lose_answers(1)
    page.write("Did this arrive?")
    page.article("Did this arrive?")
    assert [c["text"] for c in page.service.thread(url)["comments"]] == ["Did this arrive?"]


def test_a_service_that_is_down_keeps_the_text(page: Page) -> None:
    url = page.open("/down")
    page.forgiven.append("net::ERR_")
    page.service.stop()
    try:
        page.write("Written into the void.")
        failure = page.until(lambda: page.all(".write .failure"))[0]
        assert failure.text.startswith("Comments aren't responding")
        button = page.find(".write button.primary")
        assert button.text == "Try again"
        # A page opened meanwhile (its script still in the cache) says so in plain words.
        page.script("arguments[0].setAttribute('sort', 'oldest')", page.thread())
        page.until(lambda: page.all(".unavailable"))
        assert page.find(".unavailable p").text.startswith("Comments can't be loaded")
    finally:
        page.service.start()
    page.find(".unavailable button").click()
    page.until(lambda: page.all("h2"))
    assert page.find(".write textarea").get_attribute("value") == "Written into the void."
    page.find(".write button.primary").click()
    page.article("Written into the void.")
    assert len(page.service.thread(url)["comments"]) == 1


def test_a_page_that_is_not_the_sites_is_told_what_is_wrong(page: Page) -> None:
    page.forgiven += ["404", "CORS", "ERR_FAILED"]
    page.open("/stranger", '<rejoinder-thread site="nobody"></rejoinder-thread>', ready=False)
    assert page.find(".unavailable p").text == (
        "This page cannot show comments: "
        "There is no site “nobody” here. Check data-site in the script tag."
    )
    page.service.ask("PATCH", "", {"origins": ["https://elsewhere.example"]})
    page.open("/stranger", ready=False)
    message = page.find(".unavailable p").text
    assert f"{page.host.origin} is not one of the origins of the site “gazette”" in message
    assert page.all(".unavailable button") == []


def test_readers_see_who_speaks_for_the_site(page: Page) -> None:
    url = page.open("/staff")
    page.service.post(url, "I am a reader.", name="Owner of this site")
    key = page.service.ask("POST", "/keys", {"scopes": ["comments", "staff"]})["api_key"]
    for role in ("author", "moderator", "owner"):
        answer = requests.post(
            f"{page.service.url}/api/v1/sites/gazette/comments",
            json={
                "thread": {"url": url},
                "text": f"As {role}.",
                "author": {"name": "Zoe", "role": role},
            },
            headers={"Authorization": f"Bearer {key}"},
            timeout=30,
        )
        assert answer.status_code == 201, answer.text
    page.browser.refresh()
    page.until(lambda: len(page.bodies()) == 4)
    assert page.article("I am a reader.").find_elements(By.CSS_SELECTOR, ".role") == []
    for role, words in (
        ("author", "Author of this page"),
        ("moderator", "Moderator"),
        ("owner", "Owner of this site"),
    ):
        article = page.article(f"As {role}.")
        assert article.find_element(By.CSS_SELECTOR, ".role").text == words
        assert article.accessible_name == f"Zoe {words}"
    page.script("arguments[0].setAttribute('lang', 'de')", page.thread())
    page.until(lambda: "Moderation" in page.texts(".role"))
