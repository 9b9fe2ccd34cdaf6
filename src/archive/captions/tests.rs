use proptest::prelude::*;

use super::*;

fn cues(text: &str) -> Vec<Cue> {
    read(text.as_bytes(), "fr").unwrap().cues
}

#[test]
fn captions_are_read_written_and_read_again() {
    let text = "\u{feff}WEBVTT - titre\r\n\r\nNOTE rien\r\n\r\n1\r\n00:01.000 --> 00:03.500 align:start\r\n<v Awa>Bonjour</v>\r\nà tous\r\n\r\n01:00:00.000 --> 01:00:01.000\r\n<script>alert(1)</script> &amp; co\r\n";
    let track = read(text.as_bytes(), "fr").unwrap();
    assert_eq!(track.cues.len(), 2);
    assert_eq!((track.cues[0].from, track.cues[0].until), (1000, 3500));
    assert_eq!(parse(&track.write()).unwrap(), track);
    assert_eq!(transcript(&track), "Awa : Bonjour à tous\n\nalert(1) & co");
}

#[test]
fn what_stands_where_is_kept_and_styles_are_not() {
    let text = "WEBVTT\n\nREGION\nid:bas\nwidth:40%\n\nSTYLE\n::cue { background: url(https://tracker.example/x.png) }\n\nNOTE appris de Mme Martin\n\nhaie\n00:01.000 --> 00:04.000 line:0 position:10% align:start region:bas onclick:x vertical:rl\n<v.loud Awa>Une &rlm;haie <00:00:02.500>vive</v>\n";
    let track = read(text.as_bytes(), "fr").unwrap();
    let written = track.write();
    assert_eq!(
        written,
        "WEBVTT\n\nREGION\nid:bas\nwidth:40%\n\nhaie\n00:00:01.000 --> 00:00:04.000 line:0 position:10% align:start region:bas vertical:rl\n<v.loud Awa>Une &rlm;haie <00:00:02.500>vive</v>\n"
    );
    assert_eq!(parse(&written).unwrap(), track);
    assert_eq!(transcript(&track), "Awa : Une \u{200f}haie vive");
}

#[test]
fn what_is_no_captions_is_refused_with_its_line() {
    for (text, line) in [
        ("", "line 1"),
        ("Bonjour à tous", "line 1"),
        ("1\nBonjour\n\n2\n00:00:01,000 --> 00:00:02,000\nx", "line 1"),
        ("1\n00:00:01,000 --> 00:00:02,000\nx\n\n2\nBonjour\n", "line 6"),
        ("WEBVTT\n\n00:01 --> 00:02\nx", "line 3"),
        ("WEBVTT\n\n00:02.000 --> 00:01.000\nx", "line 3"),
        ("WEBVTT\n\nname\n\n", "line 4"),
        ("WEBVTTX\n", "line 1"),
        ("WEBVTT\n", "nothing is said"),
        ("WEBVTT\n\nNOTE rien\n\n00:01.000 --> 00:02.000\n <i> </i>\n", "nothing is said"),
    ] {
        let problem = read(text.as_bytes(), "fr").unwrap_err();
        assert!(problem.code == "bad_captions" && problem.text.en.contains(line), "{text}: {problem}");
    }
    // Windows-1256 would be read as noise.
    let arabic = b"1\n00:00:01,000 --> 00:00:02,000\n\xe3\xd1\xcd\xc8\xc7\n";
    assert!(read(arabic, "ar").unwrap_err().text.en.contains("UTF-8"));
}

#[test]
fn subrip_is_read_as_volunteers_bring_it() {
    let text = "1\r\n00:00:01,000 --> 00:00:03,500\r\n<i>Été</i> & <font color=\"#ffff00\">miel</font> < 3 €\r\nà l’œuvre\r\n\r\n2\r\n00:00:04,000 --> 00:00:05,000 X1:10 X2:20\r\n{\\an8}- Oui ?\r\n";
    let wanted = [(1000, 3500, "", "<i>Été</i> &amp; miel &lt; 3 €\nà l’œuvre"), (4000, 5000, "line:0", "- Oui ?")];
    let wide = |bytes: fn(u16) -> [u8; 2], text: &str| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    let western: Vec<u8> = text
        .chars()
        .map(|c| match c {
            '€' => 0x80,
            '’' => 0x92,
            'œ' => 0x9c,
            c => u8::try_from(u32::from(c)).unwrap(),
        })
        .collect();
    for (name, bytes) in [
        ("UTF-8", text.as_bytes().to_vec()),
        ("UTF-8 with a mark", format!("\u{feff}{text}").into_bytes()),
        ("LF", text.replace("\r\n", "\n").into_bytes()),
        ("CR", text.replace("\r\n", "\r").into_bytes()),
        ("UTF-16 LE with a mark", wide(u16::to_le_bytes, &format!("\u{feff}{text}"))),
        ("UTF-16 BE with a mark", wide(u16::to_be_bytes, &format!("\u{feff}{text}"))),
        ("UTF-16 LE", wide(u16::to_le_bytes, text)),
        ("UTF-16 BE", wide(u16::to_be_bytes, text)),
        ("Windows-1252", western),
    ] {
        let track = read(&bytes, "fr").unwrap_or_else(|problem| panic!("{name}: {problem}"));
        let found: Vec<_> = track.cues.iter().map(|cue| (cue.from, cue.until, &*cue.settings, &*cue.text)).collect();
        assert_eq!(found, wanted, "{name}");
        assert_eq!(transcript(&track), "Été & miel < 3 € à l’œuvre - Oui ?", "{name}");
    }
}

/// As `yt-dlp --write-auto-subs` writes them.
#[test]
fn captions_that_roll_say_each_line_once() {
    let mut text = String::from("WEBVTT\nKind: captions\nLanguage: fr\n\n");
    let lines =
        ["bonjour à toutes et à tous", "bienvenue à la plénière", "de nos biens communs", "la parole est à la salle"];
    let mut before = " ";
    for (n, line) in lines.iter().enumerate() {
        let at = |ms: u64| time(80 + n as u64 * 2000 + ms);
        let (first, rest) = line.split_once(' ').unwrap();
        let rest: String =
            rest.split(' ').zip(1..).map(|(word, n)| format!("<{}><c> {word}</c>", at(n * 300))).collect();
        text += &format!("{} --> {} align:start position:0%\n{before}\n{first}{rest}\n\n", at(0), at(1990));
        text += &format!("{} --> {} align:start position:0%\n{line}\n \n\n", at(1990), at(2000));
        before = line;
    }
    let track = read(text.as_bytes(), "fr").unwrap();
    assert_eq!(transcript(&track), lines.join(" "));
    assert_eq!(track.cues.len(), lines.len());
    assert_eq!(
        track.cues[1].text,
        "bienvenue<00:00:02.380><c> à</c><00:00:02.680><c> la</c><00:00:02.980><c> plénière</c>"
    );
    // What is really said twice stays.
    let twice = "WEBVTT\n\n00:01.000 --> 00:02.000\nNon.\n\n00:02.000 --> 00:03.000\nNon.\nVraiment pas.\n\n00:03.000 --> 00:04.000\nNon.\n";
    assert_eq!(transcript(&read(twice.as_bytes(), "fr").unwrap()), "Non. Non. Vraiment pas. Non.");
}

#[test]
fn marks_are_not_read_aloud() {
    let said = |text: &str| transcript(&Track { cues: cues(&format!("WEBVTT\n\n{text}")), ..Track::default() });
    assert_eq!(
        said(
            "00:00.000 --> 00:02.000\n<v.loud.top Awa Diop>Bonjour <lang en>everybody</lang></v>\n\n00:02.000 --> 00:04.000\n<v Jean-Paul L'Hôte>A &lt; B &amp;amp; C&#33; <ruby>漢<rt>kan</rt></ruby></v>\n\n00:04.000 --> 00:06.000\n{\\an8}<font color=\"#ffff00\">- Oui ?</font>\n"
        ),
        "Awa Diop : Bonjour everybody Jean-Paul L'Hôte : A < B &amp; C! 漢 - Oui ?"
    );
    // A speaker is named when they begin.
    assert_eq!(said("00:00.000 --> 00:02.000\n<v Awa>Un\n\n00:02.000 --> 00:04.000\n<v Awa>deux\n"), "Awa : Un deux");
    assert_eq!(said("00:00.000 --> 00:02.000\n1 < 2 & 3 &unknown; <\n"), "1 < 2 & 3 &unknown; <");
}

#[test]
fn a_cut_takes_words_with_it_and_gives_them_back() {
    let whole = "WEBVTT\n\n00:01.000 --> 00:04.000\nSECRETADRESSE\n\n00:04.100 --> 00:06.400\nà cheval\n\n00:07.800 --> 00:10.000\nle <00:00:09.000>miel\n\n00:11.800 --> 00:12.200\nfin\n\n00:12.300 --> 00:14.000\ndehors\n";
    let track = read(whole.as_bytes(), "fr").unwrap();
    let old = Window { from: 5000, until: 25_000 };
    // From 8.0 to 12.0 s of the clip.
    let new = Window { from: 13_000, until: 17_000 };
    let (shown, all) = track.recut(&Track::default(), &old, &new);
    let said: Vec<_> = shown.cues.iter().map(|cue| (cue.from, cue.until, &*cue.text)).collect();
    assert_eq!(said, [(0, 2000, "le <00:00:01.000>miel"), (3800, 4000, "fin")]);
    assert!(!shown.write().contains("SECRET"));
    // Undone, with a correction made meanwhile.
    let (again, _) = shown.recut(&all, &new, &old);
    assert_eq!(again, track);
    let mut corrected = shown.clone();
    corrected.cues[0].text = "la cire".into();
    let (again, _) = corrected.recut(&all, &new, &old);
    assert_eq!(transcript(&again), "SECRETADRESSE à cheval la cire fin dehors");
}

#[test]
fn no_cue_outlasts_its_film() {
    let text = "WEBVTT\n\n00:44.000 --> 01:30.000\nla <00:00:44.500>fin <00:00:50.000>longue\n\n01:31.000 --> 01:32.000\naprès\n";
    let mut track = read(text.as_bytes(), "fr").unwrap();
    track.end_at(45_000);
    assert_eq!(track.write(), "WEBVTT\n\n00:00:44.000 --> 00:00:45.000\nla <00:00:44.500>fin longue\n");
}

fn line() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-zà-ü &;#.!?—→-]{1,8}",
        Just("<v.loud Awa>".to_owned()),
        Just("<i>".into()),
        Just("</i>".into()),
        Just("<00:00:03.000>".into()),
        Just("&rlm;".into()),
        Just("<".into()),
        Just(">".into()),
        Just("{\\an8}".into()),
        "\\PC{1,4}",
    ];
    prop::collection::vec(piece, 1..5).prop_map(|pieces| pieces.concat())
}

prop_compose! {
    fn cue()(
        from in 0u64..100_000, length in 1u64..9_000,
        id in prop_oneof![Just(String::new()), "[a-z0-9é][a-z0-9é -]{0,6}"],
        settings in prop::sample::select(vec!["", "line:0", "position:10%,line-left align:start", "region:bas size:50%"]),
        lines in prop::collection::vec(line(), 1..4), word in "[a-z]{1,8}",
    ) -> Cue {
        let text = lines_of(&format!("{}{word}", lines.join("\n")));
        let cue = Cue { from, until: from + length, id: id.replace("-->", ""), settings: settings.into(), text };
        cue.between(cue.from, cue.until, 0)
    }
}

prop_compose! {
    fn track()(
        regions in prop::collection::vec("id:[a-z]{1,5}\nwidth:[1-9]0%", 0..3),
        mut cues in prop::collection::vec(cue(), 0..12),
    ) -> Track {
        cues.sort_by_key(|cue| cue.from);
        cues.dedup_by_key(|cue| cue.from);
        cues.retain(|cue| !said::plain(&cue.text).is_empty());
        Track { regions, cues }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_the_same(track in track()) {
        prop_assert_eq!(parse(&track.write()).unwrap(), track);
    }

    #[test]
    fn no_bytes_make_it_fall_over(
        bytes in prop::collection::vec(any::<u8>(), 0..200), text in "(WEBVTT|1)?[\n\r -:>0-9.,a-zé<&;]{0,200}",
    ) {
        for bytes in [bytes, text.into_bytes()] {
            if let Ok(track) = read(&bytes, "fr") {
                prop_assert_eq!(&parse(&track.write()).unwrap(), &track);
                prop_assert!(track.cues.iter().all(|cue| cue.from < cue.until));
                let _ = transcript(&track);
            }
        }
    }

    /// Cut twice and undone, nothing is lost; cut, nothing is left of what was outside.
    #[test]
    fn a_cut_is_exact_and_can_be_undone(
        track in track(), start in 0u64..20_000, parts in prop::collection::vec((0u64..60_000, 1u64..60_000), 2),
    ) {
        let old = Window { from: start, until: start + 110_000 };
        let (mut shown, mut all, mut window) = (track.clone(), Track::default(), old);
        for (from, length) in parts {
            let new = Window { from, until: from + length };
            let before = all.clone();
            (shown, all) = shown.recut(&before, &window, &new);
            window = new;
            for cue in &shown.cues {
                prop_assert!(cue.from < cue.until && cue.until <= length);
            }
            for cue in &all.cues {
                let cut = cue.from + NO_WORD < from || cue.until > from + length + NO_WORD;
                let said = said::plain(&cue.text);
                let others = all.cues.iter().filter(|other| said::plain(&other.text) == said).count();
                let left = shown.cues.iter().any(|other| said::plain(&other.text) == said);
                prop_assert!(!(cut && left && others == 1), "{:?}", cue);
            }
        }
        let (again, _) = shown.recut(&all, &window, &old);
        let said = |track: &Track| track.cues.iter().map(|cue| (cue.from, cue.until, cue.id.clone(), cue.settings.clone())).collect::<Vec<_>>();
        prop_assert_eq!(said(&again), said(&track));
        prop_assert_eq!(transcript(&again), transcript(&track));
    }
}
