//! Kernels that differ only in what they do with their results get one text, which can do all of that.
//!
//! A compiler for software takes long over a product and little over what follows it: to choose among what may
//! follow costs less than to compile the product once more.

use super::code::Parameter;
use super::lower::Kernel;

/// Gives kernels whose main functions are alike one text, with a function for each thing that is done with results.
pub fn share_texts(kernels: &mut [Kernel]) {
    let main = |kernel: &Kernel| kernel.finish.as_ref().map(|finish| finish.function);
    let alike = |one: &Kernel, other: &Kernel| match (main(one), main(other)) {
        (Some(own), Some(end)) => one.text[..own] == other.text[..end],
        _ => false,
    };
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (place, kernel) in kernels.iter().enumerate() {
        match groups
            .iter_mut()
            .find(|group| alike(&kernels[group[0]], kernel))
        {
            Some(group) => group.push(place),
            None => groups.push(vec![place]),
        }
    }
    for places in groups {
        let mut variants: Vec<String> = Vec::new();
        let chosen: Vec<usize> = places
            .iter()
            .map(|&place| {
                let own = function(&kernels[place]);
                let known = variants.iter().position(|variant| variant == own);
                known.unwrap_or_else(|| {
                    variants.push(own.to_owned());
                    variants.len() - 1
                })
            })
            .collect();
        if variants.len() == 1 {
            continue;
        }
        let text = text(&kernels[places[0]], &variants);
        for (place, variant) in places.into_iter().zip(chosen) {
            let kernel = &mut kernels[place];
            kernel.text.clone_from(&text);
            if let Some(finish) = &kernel.finish {
                kernel.parameters[finish.choice] = Parameter::Number(variant as u32);
            }
        }
    }
}

/// What a kernel does with its results.
fn function(kernel: &Kernel) -> &str {
    let start = kernel.finish.as_ref().map(|finish| finish.function);
    &kernel.text[start.unwrap_or_default()..]
}

/// The text of a kernel where each of `variants` may be chosen. Each has an ending of its own: software skips a loop
/// that no thread enters, but not what stands within one.
fn text(kernel: &Kernel, variants: &[String]) -> String {
    let Some(finish) = &kernel.finish else {
        return kernel.text.clone();
    };
    let main = &kernel.text[..finish.function];
    let mut text = main[..finish.ending.start].to_owned();
    for place in 0..variants.len() {
        let ending = main[finish.ending.clone()].replace("finish(", &format!("finish_{place}("));
        let choice = finish.choice;
        text += &format!("if parameter(b, {choice}u) == {place}u {{\n{ending}}}\n");
    }
    text += &main[finish.ending.end..];
    for (place, variant) in variants.iter().enumerate() {
        text += &variant.replacen("fn finish(", &format!("fn finish_{place}("), 1);
    }
    text
}
