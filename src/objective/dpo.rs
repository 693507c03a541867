//! Direct preference optimisation (Rafailov et al. 2023, arXiv 2305.18290, eq. 7),
//! with the label smoothing of conservative DPO (Mitchell 2023).

use super::{Hyper, Hyperparameter, Objective, PairScores, Scale};
use crate::graph::Expr;

/// DPO; as TRL's `loss_type="sigmoid"`.
pub struct Dpo;

impl Objective for Dpo {
    fn name(&self) -> &'static str {
        "dpo"
    }

    fn title(&self) -> &'static str {
        "DPO"
    }

    fn summary(&self) -> &'static str {
        "Raises the chosen answer's likelihood against the rejected one's, relative to a frozen reference."
    }

    fn source(&self) -> &'static str {
        "Rafailov et al. 2023, Direct Preference Optimization, eq. 7"
    }

    fn formula(&self) -> &'static str {
        FORMULA
    }

    fn hyperparameters(&self) -> &'static [Hyperparameter] {
        &HYPERPARAMETERS
    }

    /// ln 2, whatever beta and label smoothing are: `−ln σ(0)`.
    fn loss_at_reference(&self) -> Option<f64> {
        Some(std::f64::consts::LN_2)
    }

    /// `L = −(1−ε) ln σ(βh) − ε ln σ(−βh)`, where `−ln σ(z) = softplus(−z)`.
    fn losses<'g>(&self, pairs: &PairScores<'g>, hyper: &Hyper<'g>) -> Expr<'g> {
        let smoothing = hyper.get("label_smoothing");
        let s = hyper.get("beta") * pairs.margin();
        (1.0 - smoothing) * (-s).softplus() + smoothing * s.softplus()
    }
}

const HYPERPARAMETERS: [Hyperparameter; 2] = [
    Hyperparameter {
        name: "beta",
        label: "beta",
        help: "How strongly the policy is held to its reference: the loss is satisfied at a margin of a few over beta.",
        default: 0.1,
        min: 0.001,
        max: 10.0,
        step: 0.01,
        scale: Scale::Logarithmic,
    },
    Hyperparameter {
        name: "label_smoothing",
        label: "Label smoothing",
        help: "The share of labels assumed to be flipped (conservative DPO); 0 is plain DPO.",
        default: 0.0,
        min: 0.0,
        max: 0.5,
        step: 0.05,
        scale: Scale::Linear,
    },
];

const FORMULA: &str = r#"<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">
<mtable displaystyle="true">
<mtr>
<mtd><mi>L</mi></mtd><mtd><mo>=</mo></mtd>
<mtd><mrow><mo>−</mo><mi>log</mi><mo>&#x2061;</mo><mi>σ</mi><mo stretchy="false">(</mo><mi>β</mi><mo stretchy="false">[</mo>
<mi>log</mi><mo>&#x2061;</mo><mfrac><mrow><msub><mi>π</mi><mi>θ</mi></msub><mo stretchy="false">(</mo><msub><mi>y</mi><mi>w</mi></msub><mo stretchy="false">|</mo><mi>x</mi><mo stretchy="false">)</mo></mrow><mrow><msub><mi>π</mi><mtext>ref</mtext></msub><mo stretchy="false">(</mo><msub><mi>y</mi><mi>w</mi></msub><mo stretchy="false">|</mo><mi>x</mi><mo stretchy="false">)</mo></mrow></mfrac>
<mo>−</mo>
<mi>log</mi><mo>&#x2061;</mo><mfrac><mrow><msub><mi>π</mi><mi>θ</mi></msub><mo stretchy="false">(</mo><msub><mi>y</mi><mi>l</mi></msub><mo stretchy="false">|</mo><mi>x</mi><mo stretchy="false">)</mo></mrow><mrow><msub><mi>π</mi><mtext>ref</mtext></msub><mo stretchy="false">(</mo><msub><mi>y</mi><mi>l</mi></msub><mo stretchy="false">|</mo><mi>x</mi><mo stretchy="false">)</mo></mrow></mfrac>
<mo stretchy="false">]</mo><mo stretchy="false">)</mo></mrow></mtd>
</mtr>
<mtr>
<mtd><mrow><mtext>mean</mtext><mspace width="0.3em"/><mi>L</mi></mrow></mtd><mtd><mo>=</mo></mtd>
<mtd><mrow><mn data-value="loss">–</mn><mo>,</mo><mspace width="0.8em"/><mi>β</mi><mo>=</mo><mn data-value="beta">–</mn><mo>,</mo><mspace width="0.8em"/>
<mtext>mean</mtext><mspace width="0.3em"/><mi>β</mi><mo stretchy="false">[</mo><mo>…</mo><mo stretchy="false">]</mo><mo>=</mo>
<mn data-value="rewards/chosen">–</mn><mo>−</mo><mo stretchy="false">(</mo><mn data-value="rewards/rejected">–</mn><mo stretchy="false">)</mo><mo>=</mo><mn data-value="rewards/margins">–</mn></mrow></mtd>
</mtr>
</mtable>
</math>"#;
