"""The one moment that decides what is stored: a commit that fails, or whose connection is cut."""

from dataclasses import replace

from torture.cutting import Cutter
from torture.faults.makers import truth_about
from torture.place import Place
from torture.races import rotate, shown_keys
from torture.rows import Row, counted
from torture.traffic import Caller, Person, told, wait_until

FAILING_COMMIT = """
CREATE FUNCTION no_room() RETURNS trigger AS $$
BEGIN
    RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full';
END $$ LANGUAGE plpgsql;
CREATE CONSTRAINT TRIGGER no_room AFTER INSERT OR UPDATE ON oncekeys_apikey DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION no_room();
"""


def commit_that_fails(place: Place) -> Row:
    times = place.times(50, least=5)
    database = place.database("commits", accounts=3, keys=1)
    with place.site(database) as site:
        with place.admin_of(database) as admin:
            admin.execute(FAILING_COMMIT)
        person, caller, key = Person(site.url, database.session), Caller(site.url), database.keys[0]["key"]
        pages = [person.create(database.slugs[n % 3], f"Lost {n}") for n in range(times)]
        calls = [rotate(site, key) for _ in range(times)]
        calls += [caller.ask("DELETE", "/api/v1/key", API_Key=key) for _ in range(times)]
        with place.admin_of(database) as admin:
            admin.execute("DROP TRIGGER no_room ON oncekeys_apikey")
        works = caller.test(key).status
        shown = [shown for reply in pages for shown in shown_keys(reply)]
        lost, stored, events = truth_about(database, site, shown)
    return Row(
        "Commit fails",
        "the database has no room at the commit: creations, rotations, deletions",
        3 * times,
        "503; nothing shown or done; one audit event for each key",
        f"pages {counted(told(reply.status) for reply in pages)}; "
        f"API {counted(told(reply.status) for reply in calls)}; {len(shown)} shown; "
        f"{stored} stored, {events} events; the key afterwards: {works}",
        held={reply.status for reply in [*pages, *calls]} == {503}
        and not shown
        and not lost
        and stored == events == 1
        and works == 200,
    )


def commit_that_is_cut(place: Place) -> Row:
    """By turns before the commit arrives, and after it has but before its answer has."""
    times = place.times(50, least=6)
    database = place.database("cut", accounts=-(-times // 20), keys=1)
    with Cutter(database.url) as cutter, place.site(replace(database, url=cutter.url)) as site:
        person = Person(site.url, database.session)
        replies = []
        for number in range(times):
            wait_until(lambda: Caller(site.url).test(database.keys[0]["key"]).status == 200)
            cutter.arm(after_it_arrived=number % 2 == 1)
            replies.append(person.create(database.slugs[number // 20], f"Cut {number}"))
            cutter.disarm()
        shown = [key for reply in replies for key in shown_keys(reply)]
        wait_until(lambda: Caller(site.url).test(database.keys[0]["key"]).status == 200)
        lost, stored, events = truth_about(database, site, shown)
    return Row(
        "Connection cut in a commit",
        "by a proxy, by turns before the commit arrives and before its answer does",
        times,
        "503; no shown key that is not stored; one audit event for each key",
        f"{counted(told(reply.status) for reply in replies)}; {cutter.cuts} cut; {len(shown)} shown, {lost} of them "
        f"not stored; {stored - 1} stored, {events - 1} events",
        held={reply.status for reply in replies} == {503} and not lost and stored == events and cutter.cuts >= times,
    )
