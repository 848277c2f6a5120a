#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes invented people of a Norwegian course company, for the demo and for tests. Nobody in it exists.

    make_people.py OUT_DIR [--count N] [--events N] [--seed N] [--today YYYY-MM-DD]

The same arguments write the same bytes. Addresses are under names that RFC 2606 reserves, telephone numbers begin
with a digit that no Norwegian number has.

Writes:
  contacts.csv       external_id,first_name,last_name,email,job_title,department,phone
                     among them REPEATED rows that say the same again, CHANGED rows with a new telephone number, and
                     NAMELESS rows without external_id, which an import has to refuse
  purchases.csv      external_id,product,price,purchase_date,purchase_medium,product_category
  exam_results.csv   external_id,name,email,product,result,date
  relationships.csv  external_id,date     end of the customer relationship: more than nine months before --today for
                                          about two thirds of these people
  events.ndjson      one event a line: an answer was assessed
"""
import argparse
import csv
import datetime as dt
import json
import pathlib
import random

REPEATED, CHANGED, NAMELESS = 12, 8, 3

FIRST_NAMES = """
Anne Inger Kari Marit Ingrid Liv Eva Berit Astrid Bjørg Hilde Anna Solveig Marianne Randi Ida Nina Maria Elisabeth
Kristin Bente Heidi Silje Hanne Linda Tone Gerd Elin Anita Tove Wenche Ragnhild Camilla Ellen Karin Hege Ann Mona
Marie Aud Monica Else Julie Kristine Turid Laila Reidun Stine Helene Åse Jorunn Sigrid Mari Line Lene Mette Grethe
Trine Unni Malin Grete Thea Gunn Emma May Ruth Lise Emilie Anette Kirsten Sara Nora Linn Eli Siv Cecilie Irene Marte
Gro Britt Ingeborg Sølvi Åshild Bjørk Målfrid Gøril Jan Per Bjørn Ole Lars Kjell Knut Arne Svein Thomas Hans Geir
Tor Morten Terje Odd Erik Martin Andreas John Anders Rune Trond Tore Daniel Jon Kristian Marius Tom Stian Magnus
Øyvind Rolf Espen Gunnar Helge Christian Einar Leif Nils Eirik Jonas Alexander Roger Håvard Kristoffer Fredrik Svend
Sander Emil Frode Ivar Mathias Stig Petter Henrik Sindre Håkon Steinar Øystein Kåre Harald Ståle Torbjørn Vidar
Jørgen Eivind Åge Pål Asbjørn Børge Gaute Sjur Bård Tørres Ånund
""".split()

LAST_NAMES = """
Hansen Johansen Olsen Larsen Andersen Pedersen Nilsen Kristiansen Jensen Karlsen Johnsen Pettersen Eriksen Berg
Haugen Hagen Johannessen Andreassen Jacobsen Halvorsen Jørgensen Dahl Henriksen Lund Sørensen Gundersen Jakobsen
Moen Strand Iversen Solberg Svendsen Eide Knutsen Martinsen Bakken Paulsen Bakke Kristoffersen Mathisen Lie
Rasmussen Amundsen Lunde Kristensen Bråten Berge Moe Nygård Fredriksen Solheim Lien Holm Nguyen Andresen Christensen
Knudsen Hauge Evensen Nielsen Sæther Aas Hanssen Myhre Haugland Thomassen Simonsen Sivertsen Berntsen Ali Danielsen
Arnesen Rønning Næss Sandvik Antonsen Haug Ellingsen Edvardsen Vik Thorsen Isaksen Gulbrandsen Birkeland Ruud Strøm
Aasen Jenssen Ødegård Tangen Eliassen Myklebust Mikkelsen Tveit Bøe Engen Wold Ahmed Brekke Helland Fosse Skår
Kårstad Ånestad Bjørnstad Grønli Lågen Sjøberg Støle Tømmerås Ødemark
""".split()

TITLES = ["Rådgiver", "Seniorrådgiver", "Avdelingsleder", "Økonomisjef", "Regnskapsfører", "Prosjektleder", "HMS-leder",
          "Innkjøper", "Lønnskonsulent", "Byggeleder", "Jurist", "Daglig leder", "Arkivar", "Saksbehandler", "Lærer"]
DEPARTMENTS = ["Økonomi", "HR", "Innkjøp", "Drift", "Prosjekt", "Juridisk", "IT", "Ledelse", "Oppvekst", "Teknisk", ""]
MAIL_DOMAINS = ["example.com", "example.org", "example.net", "nordlys.example", "fjordbygg.example", "sæter.example"]
MEDIA = ["nettside", "telefon", "e-post", "messe"]
COURSES = [("Offentlige anskaffelser", "anskaffelser", 6900), ("Lønn og personal", "lønn", 5900),
           ("Nytt i arbeidsretten", "jus", 7400), ("Prosjektledelse i praksis", "ledelse", 8900), ("Mva-dagen", "økonomi", 4900),
           ("HMS for ledere", "hms", 5400), ("Entrepriserett", "jus", 9900), ("Årsoppgjøret", "økonomi", 6400), ("Arkiv og innsyn", "forvaltning", 5900),
           ("Vann- og avløpsrett", "jus", 7900)]
RESULTS = ["Bestått", "Bestått", "Bestått", "Bestått med utmerkelse", "Ikke bestått"]
KINDS = ["innlevering", "flervalgsprøve", "eksamen"]
PLAIN = str.maketrans({"æ": "ae", "ø": "o", "å": "a", "Æ": "Ae", "Ø": "O", "Å": "A"})


def make_person(rng, number):
    first, last = rng.choice(FIRST_NAMES), rng.choice(LAST_NAMES)
    if rng.random() < 0.15:
        first += " " + rng.choice(FIRST_NAMES)
    if rng.random() < 0.1:
        last += "-" + rng.choice(LAST_NAMES)
    local = f"{first}.{last}{number}".lower().replace(" ", ".").translate(PLAIN)
    return {"external_id": f"K{100000 + number}", "first_name": first, "last_name": last,
            "email": f"{local}@{rng.choice(MAIL_DOMAINS).translate(PLAIN)}", "job_title": rng.choice(TITLES),
            "department": rng.choice(DEPARTMENTS), "phone": make_phone(rng)}


def make_phone(rng):
    return f"+47 0{rng.randrange(10)} {rng.randrange(100):02d} {rng.randrange(100):02d} {rng.randrange(100):02d}"


def contact_rows(rng, people):
    """Everyone once; then rows that repeat, change, or lack whose they are, spread among them."""
    rows = list(people)
    chosen = rng.sample(people, min(len(people), REPEATED + CHANGED))
    rows += chosen[:REPEATED]
    rows += [{**person, "phone": make_phone(rng)} for person in chosen[REPEATED:]]
    for _ in range(NAMELESS):
        rows.insert(rng.randrange(len(rows)), {**make_person(rng, 99999), "external_id": ""})
    return rows


def make_history(rng, person, today):
    """Purchases, exam results and the end of one person's relationship, or None while it lasts."""
    purchases, exams = [], []
    days = sorted(rng.sample(range(20, 1500), rng.choice([1, 1, 1, 2, 2, 3])), reverse=True)
    for (name, category, price), ago in zip(rng.sample(COURSES, len(days)), days):
        bought = today - dt.timedelta(days=ago)
        product = f"{name} {bought.year}"
        purchases.append({"external_id": person["external_id"], "product": product, "price": f"{price}.00",
                          "purchase_date": bought, "purchase_medium": rng.choice(MEDIA), "product_category": category})
        if rng.random() < 0.6:
            exams.append({"external_id": person["external_id"], "name": f"{person['first_name']} {person['last_name']}",
                          "email": person["email"], "product": product, "result": rng.choice(RESULTS),
                          "date": bought + dt.timedelta(days=rng.randrange(5, 20))})
    ended = today - dt.timedelta(days=max(1, days[-1] - rng.randrange(0, 20))) if rng.random() < 0.75 else None
    return purchases, exams, ended


def make_event(rng, number, exam, today):
    # Seen by the company when it happened, but never after today.
    day = min(exam["date"] - dt.timedelta(days=1), today - dt.timedelta(days=1))
    clock = f"{rng.randrange(7, 20):02d}:{number % 60:02d}:{rng.randrange(60):02d}"
    return {"event_id": f"demo-{number:06d}", "time": f"{day}T{clock}Z", "kind": "processing", "action": "assess",
            "category": "exam_results", "purpose": "assessment", "subject": {"external_id": exam["external_id"]},
            "fields": {"product": exam["product"]}, "details": {"assessment_type": rng.choice(KINDS)}}


def write_csv(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def generate(out, count, events, seed, today):
    rng = random.Random(seed)
    people = [make_person(rng, number) for number in range(count)]
    purchases, exams, ends = [], [], []
    for person in people:
        bought, passed, ended = make_history(rng, person, today)
        purchases += bought
        exams += passed
        if ended is not None:
            ends.append({"external_id": person["external_id"], "date": ended})
    out.mkdir(parents=True, exist_ok=True)
    write_csv(out / "contacts.csv", contact_rows(rng, people))
    write_csv(out / "purchases.csv", purchases)
    write_csv(out / "exam_results.csv", exams)
    write_csv(out / "relationships.csv", ends)
    with open(out / "events.ndjson", "w", encoding="utf-8") as file:
        for number in range(events):
            event = make_event(rng, number, rng.choice(exams), today)
            file.write(json.dumps(event, ensure_ascii=False, separators=(",", ":")) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=2000, help="people (default 2000, at least 50)")
    parser.add_argument("--events", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--today", type=dt.date.fromisoformat, default=dt.date.today())
    args = parser.parse_args()
    if args.count < 50:
        parser.error("--count must be at least 50")
    generate(args.out, args.count, args.events, args.seed, args.today)
    for path in sorted(args.out.iterdir()):
        print(f"{path}: {path.read_bytes().count(10)} lines")


if __name__ == "__main__":
    main()
