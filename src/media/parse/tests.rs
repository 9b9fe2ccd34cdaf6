//! What `make` installs has every element that the studio needs, and [`PACKAGES`] is right.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::Command,
};

use super::*;
use crate::{
    media::{self, Descriptions, Folder},
    program::HARDWARE,
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Each of our descriptions and what it makes, hardware encoders that this machine lacks left out.
fn descriptions() -> Vec<(String, gst::Element)> {
    media::init().unwrap();
    let descriptions = Descriptions::new(Path::new("/nonexistent"));
    let (mut made, mut lacking) = (Vec::new(), 0);
    for folder in [Folder::Sources, Folder::Normalise, Folder::Encoders, Folder::Outputs] {
        for file in descriptions.list(folder) {
            let Some(name) = file.strip_suffix(".launch") else { continue };
            if HARDWARE.iter().any(|(known, element)| *known == name && gst::ElementFactory::find(element).is_none()) {
                lacking += 1;
                continue;
            }
            let text = descriptions.launch(folder, name).unwrap();
            let element = launch(&file, &text).unwrap_or_else(|problem| panic!("{file}: {problem}"));
            made.push((format!("{folder:?}/{file}"), element));
        }
    }
    let files = fs::read_dir(Path::new(ROOT).join("pipelines")).unwrap().flatten().map(|entry| entry.path());
    let files = files.filter(|path| path.is_dir()).flat_map(|folder| fs::read_dir(folder).unwrap().flatten());
    let files = files.filter(|file| file.path().extension().is_some_and(|end| end == "launch")).count();
    assert_eq!(made.len() + lacking, files, "every folder of pipelines/ is looked at");
    made
}

/// The names of what it is made of; with `inside`, also of what bins like `decodebin` begin with.
fn parts(element: &gst::Element, inside: bool) -> Vec<String> {
    let name = |element: &gst::Element| element.factory().map(|factory| factory.name().to_string());
    let made_around = |name: &String| ["pipeline", "bin"].contains(&name.as_str());
    let own = name(element);
    let elements: Vec<gst::Element> = match element.downcast_ref::<gst::Bin>() {
        Some(bin) if inside => bin.iterate_recurse().into_iter().flatten().collect(),
        Some(bin) if own.as_ref().is_some_and(made_around) => bin.iterate_elements().into_iter().flatten().collect(),
        _ => Vec::new(),
    };
    elements.iter().filter_map(name).chain(own).filter(|name| !made_around(name)).collect()
}

/// Elements that the code names itself: every word that is one, in the files that make or parse some.
fn in_the_code(folder: &Path, found: &mut BTreeMap<String, String>) {
    for path in fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            in_the_code(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("parse.rs") {
            let text = fs::read_to_string(&path).unwrap();
            if text.contains("gst::parse::") || text.contains("ElementFactory::") {
                let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
                found.extend(words.map(|word| (word.to_owned(), path.display().to_string())));
            }
        }
    }
}

/// What dpkg-query prints; `None` on a machine without dpkg.
fn dpkg(arguments: &[&str]) -> Option<String> {
    let output = Command::new("dpkg-query").args(arguments).env("LC_ALL", "C").output().ok()?;
    Some(String::from_utf8(output.stdout).unwrap())
}

/// The package that each of these elements' plugins belongs to; nothing for those that are compiled into
/// this program. `None` on a machine without dpkg.
fn packages<'a>(elements: impl IntoIterator<Item = &'a String>) -> Option<BTreeMap<&'a str, String>> {
    let plugins = elements.into_iter().filter_map(|element| {
        let file = gst::ElementFactory::find(element)?.plugin()?.filename()?;
        // A plugin may have been found through /lib, which is a link to /usr/lib.
        Some((element.as_str(), fs::canonicalize(file).unwrap().to_str().unwrap().to_owned()))
    });
    let plugins: Vec<_> = plugins.collect();
    let files: BTreeSet<_> = plugins.iter().map(|(_, file)| file.as_str()).collect();
    let told = dpkg(&[&["-S"], &files.into_iter().collect::<Vec<_>>()[..]].concat())?;
    let owner = |file: &str| {
        let line = told.lines().find(|line| line.ends_with(&format!(": {file}")));
        line.and_then(|line| line.split([':', ',']).next()).unwrap_or("no package").to_owned()
    };
    Some(plugins.iter().map(|(element, file)| (*element, owner(file))).collect())
}

/// The packages that a machine which runs the studio has, as .packages and their dependencies (not what
/// they recommend) say.
fn installed() -> Option<BTreeSet<String>> {
    let text = fs::read_to_string(Path::new(ROOT).join(".packages")).unwrap();
    let mut section = "";
    let mut packages = BTreeSet::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match line.strip_prefix('[') {
            Some(name) => section = name.trim_end_matches(']'),
            None if ["build", "run"].contains(&section) => _ = packages.insert(line.to_owned()),
            None => {}
        }
    }
    let mut arguments = vec!["-W", "-f=${Depends},"];
    arguments.extend(packages.iter().map(String::as_str));
    let depends = dpkg(&arguments)?;
    let first = depends.split(',').filter_map(|one| one.trim().split([' ', '|', ':', '(']).next());
    packages.extend(first.filter(|name| !name.is_empty()).map(str::to_owned).collect::<Vec<_>>());
    Some(packages)
}

#[test]
fn every_element_is_in_a_package_that_make_installs() {
    let mut wanted = BTreeMap::new();
    in_the_code(&Path::new(ROOT).join("src"), &mut wanted);
    for (file, element) in descriptions() {
        wanted.extend(parts(&element, true).into_iter().map(|name| (name, file.clone())));
    }
    let (Some(installed), Some(packages)) = (installed(), packages(wanted.keys())) else {
        return eprintln!("skipped: this machine has no dpkg");
    };
    assert!(packages.len() > 40, "{packages:?}");
    for (element, package) in packages {
        let file = &wanted[element];
        assert!(installed.contains(&package), ".packages lacks {package}, which holds {element} ({file})");
    }
}

#[test]
fn the_package_that_is_told_is_the_one_that_holds_the_element() {
    let named: BTreeSet<String> = descriptions().iter().flat_map(|(_, element)| parts(element, false)).collect();
    let told: BTreeSet<String> =
        PACKAGES.iter().flat_map(|(_, elements)| *elements).map(|element| (*element).to_owned()).collect();
    let Some(packages) = packages(named.union(&told)) else { return eprintln!("skipped: this machine has no dpkg") };
    let missable = |element: &str| HARDWARE.iter().all(|(_, hardware)| *hardware != element);
    for (element, package) in packages {
        if package != "libgstreamer1.0-0" && missable(element) {
            assert_eq!(package_of(element), Some(package.as_str()), "{element}");
        }
    }
    for element in &told {
        assert!(gst::ElementFactory::find(element).is_some(), "there is no {element} any more");
    }
}

#[test]
fn a_missing_element_is_told_with_its_package() {
    media::init().unwrap();
    let problem = missing("cam1", "clockoverlay");
    assert_eq!(problem.code, "missing_element");
    for text in [problem.text.fr, problem.text.en] {
        assert!(text.contains("clockoverlay") && text.contains("apt install gstreamer1.0-x)"), "{text}");
    }

    let problem = launch("cam1", "videotestsrc ! nosuchelement ! fakesink").unwrap_err();
    assert_eq!(problem.code, "missing_element");
    assert!(problem.text.en.contains("cam1 needs the GStreamer element nosuchelement,"), "{problem}");
    let problem = bin("own", "nosuchelement ! identity", true).unwrap_err();
    assert_eq!(problem.code, "missing_element");
    let problem = launch("own", "videotestsrc nonsense=1 ! fakesink").unwrap_err();
    assert_eq!(problem.code, "bad_description", "{problem}");
}
