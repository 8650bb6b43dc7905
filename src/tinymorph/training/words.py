"""Word lists: what the filter, the style descriptors and the rule-made pairs know of English."""

from __future__ import annotations

import codecs


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _table(text: str) -> dict[str, str]:
    """Read `word: other; word: other`, over any number of lines."""
    pairs = (pair.split(": ") for pair in " ".join(text.split()).split("; "))
    return dict(pairs)


_SLURS_ROT13 = """
avttre avttref avttn avttnu avttreurnq avttreurnqf avttrel qnexl qnexvr qnexrl qnexvrf qnexlf
qnexrlf pbba pbbaf cvpxnavaal cvpxnavaavrf cvpxnavaalf cvpnavaal cvpxnavaavr fnzob wvtnobb
wvttnobb xnsve xnsvef xnssve xnssvef pnssve pnssver pnssverf pnssvef puvanzna puvanzra wnc wncf
tbbx tbbxf xvxr xvxrf furral furravrf furralf jbc jbcf qntb qntbf qntbrf fcvp fcvpf fcvpx
unysoerrq unysoerrqf zhyngb zhynggb zhynggbf zhynggbrf dhnqebba dhnqebbaf bpgbebba bpgbebbaf
fdhnj fdhnjf vawha vawhaf erqfxva erqfxvaf gbjryurnq snttbg snttbgf snt genaal genaavrf jrgonpx
jrgonpxf jbt jbtf ohpxarteb arterff arterffrf cvpxnavaavrf ubggragbg ubggragbgf thvarn-avttre
enturnq enturnqf ternfre ternfref
"""
SLURS = frozenset(codecs.decode(_SLURS_ROT13, "rot13").split())
"""Words that no text of ours may teach; written in rot13, so that nobody meets them unasked."""

ARCHAIC = _words("""
thou thee thy thine ye hath doth hast dost art wilt shalt canst didst hadst wert unto whilst
thither hither whither thence hence whence yonder yon ere nay aye methinks verily forsooth
prithee perchance oft betwixt amongst upon behold lo alas quoth tis twas wherefore therein
thereof thereupon hereby whereof wherein whereupon hitherto heretofore beseech vouchsafe
spake sayeth saith cometh goeth knoweth maketh taketh giveth countenance shew bade
""")
FIRST = _words("i me my mine myself we us our ours ourselves")
THIRD = _words("he him his himself she her hers herself they them their theirs")
PAST = _words("""
was were had did said went came took made saw knew thought got gave found told felt left
stood heard sat ran held kept began brought turned looked asked replied cried spoke fell
""")
PRESENT = _words("""
is are am has have do does says goes comes takes makes sees knows thinks gets gives finds
tells feels leaves stands hears sits runs holds keeps begins brings turns looks asks
""")
SENSES = _words("""
red blue green yellow white black gold golden silver gray brown purple crimson scarlet pale
dark bright light shadow shadows gleam gleamed glow glowed shone shining glitter glittering
glimmer warm cold cool hot damp wet dry soft rough smooth sharp sweet bitter salt fragrant
scent smell odor perfume sound noise murmur whisper rustle roar hum silence silent loud
moonlight sunlight sunshine firelight dusk dawn mist fog dust leaves wind rain snow sea
flowers grass trees velvet silk smoke
""")
DOUBT = _words("""
perhaps maybe might seem seems seemed possibly probably doubt doubted doubtful uncertain
suppose supposed wonder wondered guess guessed apparently somehow likely unlikely
""")
GLOOM = _words("""
death dead die died dying grief sorrow sad sadly tears wept weep weeping fear feared terror
horror dread despair misery miserable lonely alone dark darkness grave ghastly pain cruel
bitter lost ruin anguish wretched gloomy gloom melancholy blood murder wound
""")
CHEER = _words("""
laugh laughed laughing laughter smile smiled smiling merry merrily happy happily happiness
joy joyful gay gaily cheerful cheerfully delight delighted glad pleasant pleased jolly fun
bright love lovely beautiful kind kindly sunshine song sang dance danced
""")

PLAINER = _table("""
commenced: began; commence: begin; commences: begins; commencing: beginning; endeavoured:
tried; endeavored: tried; endeavour: try; endeavor: try; endeavouring: trying; endeavoring:
trying; purchased: bought; resided: lived; reside: live; resides: lives; residing: living;
utilized: used; utilize: use; utilizing: using; sufficient: enough; inquired: asked;
enquired: asked; inquire: ask; enquire: ask; perceived: saw; perceive: see; perceiving:
seeing; obtained: got; obtain: get; obtaining: getting; assisted: helped; assist: help;
assistance: help; concealed: hidden; conceal: hide; concealing: hiding; departed: left;
possessed: had; possesses: has; possess: have; beheld: saw; behold: see; beholding: seeing;
desired: wanted; immediately: at once; instantly: at once; presently: soon; speedily:
quickly; swiftly: quickly; numerous: many; considerable: great; exceedingly: very;
extremely: very; remarkably: very; scarcely: hardly; nevertheless: still; previously:
before; subsequently: later; frequently: often; occasionally: sometimes; invariably: always;
perpetually: always; remainder: rest; residence: house; dwelling: house; countenance: face;
visage: face; apparel: clothes; garments: clothes; attired: dressed; beverage: drink;
infant: baby; maiden: girl; physician: doctor; vessel: ship; conversed: talked; exclaimed:
cried; retorted: answered; rejoined: answered; responded: answered; ascended: climbed;
ascend: climb; ascending: climbing; descended: went down; quitted: left; summoned: called;
summon: call; requires: needs; require: need; required: needed; permitted: allowed;
terminated: ended; terminate: end; ceased: stopped; cease: stop; ceasing: stopping;
discovered: found; discover: find; comprehend: understand; comprehended: understood;
recollect: remember; recollected: remembered; recollection: memory; weary: tired; wearied:
tired; fatigued: tired; timid: shy; tidings: news; peril: danger; perilous: dangerous;
sorrowful: sad; joyful: happy; vexed: annoyed; wrath: anger; astonished: surprised;
astonishment: surprise; amiable: friendly; feeble: weak; rapidly: fast; rapid: fast;
entirely: quite; merely: only; solely: only; principally: mainly; chiefly: mainly; commonly:
usually; ordinarily: usually
""")
"""A stately word and the plain one that can stand in most of its places."""

MODERN = _table("""
whilst: while; amongst: among; upon: on; nay: no; ere: before; methinks: I think; perchance:
perhaps; betwixt: between; hither: here; thither: there; hitherto: until now; yonder: over
there; unto: to; wherefore: why; forthwith: at once; aught: anything; naught: nothing;
nought: nothing; spake: spoke; bade: told; 'tis: it's; 'twas: it was; hath: has; doth: does;
thy: your; thine: yours; thee: you; ye: you; quoth: said; verily: truly; forsooth: indeed
""")
"""A word of older prose and what is said today."""

CONTRACTED = _table("""
do not: don't; does not: doesn't; did not: didn't; is not: isn't; are not: aren't; was not:
wasn't; were not: weren't; have not: haven't; has not: hasn't; had not: hadn't; will not:
won't; would not: wouldn't; could not: couldn't; should not: shouldn't; cannot: can't; I am:
I'm; I have been: I've been; I will: I'll; I shall: I'll; you are: you're; we are: we're;
they are: they're; it is a: it's a; it is not: it isn't; that is a: that's a; there is a:
there's a; he is a: he's a; let us go: let's go; I had never: I'd never; I should like: I'd
like; you will: you'll
""")
