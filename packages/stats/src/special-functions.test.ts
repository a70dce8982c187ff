import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {chiSquareSf, gammaP, gammaQ, logGamma, normalQuantile, normalSf} from './index.js';

// Reference values: scipy 1.10.1 (special.gammaln, gammainc, gammaincc; stats.chi2.sf, norm.sf, norm.ppf).

const relative = (got: number, expected: number) =>
  expected === 0 ? Math.abs(got) : Math.abs(got - expected) / Math.abs(expected);

describe('logGamma', () => {
  it.each([
    [1e-8, 18.42068073818021],
    [0.1, 2.252712651734206],
    [0.5, 0.5723649429247],
    [1.5, -0.12078223763524526],
    [3, 0.6931471805599453],
    [7.25, 7.0521854507385395],
    [11.9, 17.25847745059552],
    [12, 17.502307845873887],
    [50, 144.56574394634487],
    [1000.5, 5908.674175848678],
    [1000000.0, 12815504.569147611],
    [1000000000000.0, 26631021115915.65],
  ])('of %d is %d', (x, expected) => {
    expect(relative(logGamma(x), expected)).toBeLessThan(1e-13);
  });

  it('refuses what has no logarithm', () => {
    expect([logGamma(0), logGamma(-1), logGamma(NaN)]).toEqual([NaN, NaN, NaN]);
  });
});

describe('the regularised incomplete gamma functions', () => {
  it.each([
    [0.5, 0.1, 0.34527915398142317, 0.6547208460185768],
    [0.5, 1.4, 0.9057356931587894, 0.09426430684121058],
    [0.5, 1.6, 0.9263617298796974, 0.07363827012030258],
    [0.5, 300, 1.0, 1.674167984691805e-132],
    [1, 1, 0.6321205588285577, 0.36787944117144245],
    [2.5, 9, 0.9970535954121197, 0.0029464045878802923],
    [10, 3, 0.0011024881301154815, 0.9988975118698845],
    [10, 30, 0.9999928782491372, 7.121750862815593e-6],
    [100, 90, 0.15822098918643007, 0.84177901081357],
    [100, 180, 0.999999999970517, 2.948294557648321e-11],
    [5000, 5100, 0.9206711189223811, 0.07932888107761896],
  ])('a = %d, x = %d: P = %d, Q = %d', (a, x, p, q) => {
    expect(relative(gammaP(a, x), p)).toBeLessThan(1e-11);
    expect(relative(gammaQ(a, x), q)).toBeLessThan(1e-11);
  });

  it('P and Q sum to one, and Q falls as x grows', () => {
    const positive = fc.double({min: 1e-3, max: 1e3, noNaN: true});
    fc.assert(
      fc.property(positive, positive, positive, (a, x, more) => {
        expect(gammaP(a, x) + gammaQ(a, x)).toBeCloseTo(1, 12);
        expect(gammaQ(a, x + more)).toBeLessThanOrEqual(gammaQ(a, x) + 1e-12);
      }),
    );
  });

  it('answers NaN outside its domain', () => {
    expect([gammaP(0, 1), gammaQ(1, -1), gammaQ(NaN, 1)]).toEqual([NaN, NaN, NaN]);
    expect([gammaP(2, Infinity), gammaQ(2, Infinity)]).toEqual([1, 0]);
  });
});

describe('chiSquareSf', () => {
  it.each([
    [0, 1, 1.0],
    [3.841458820694124, 1, 0.04999999999999989],
    [10.828, 1, 0.0009997657195830916],
    [161, 4, 8.921786279068105e-34],
    [1, 4, 0.9097959895689501],
    [700, 2, 9.929590396265143e-153],
    [1300, 3, 1.4717437106980018e-281],
    [25, 30, 0.7250318841806004],
  ])('of %d with %d degrees of freedom is %d', (x, df, expected) => {
    expect(relative(chiSquareSf(x, df), expected)).toBeLessThan(1e-11);
  });
});

describe('normalSf', () => {
  it.each([
    [-9, 1.0],
    [-3, 0.9986501019683699],
    [-0.5, 0.6914624612740131],
    [0, 0.5],
    [1e-9, 0.49999999960105773],
    [1, 0.15865525393145707],
    [1.959963984540054, 0.025],
    [5, 2.866515718791933e-7],
    [8, 6.22096057427174e-16],
    [20, 2.7536241186061556e-89],
    [37, 5.7255712225239266e-300],
  ])('of %d is %d', (z, expected) => {
    expect(relative(normalSf(z), expected)).toBeLessThan(1e-11);
  });
});

describe('normalQuantile', () => {
  it.each([
    [1e-300, -37.0470962993612],
    [1e-100, -21.273453560965322],
    [1e-16, -8.222082216130435],
    [1e-10, -6.361340902404056],
    [1e-5, -4.264890793922825],
    [0.001, -3.090232306167813],
    [0.025, -1.9599639845400545],
    [0.074, -1.4466320671589785],
    [0.076, -1.4325027208258116],
    [0.3, -0.5244005127080409],
    [0.5, 0.0],
    [0.6, 0.2533471031357997],
    [0.925, 1.4395314709384563],
    [0.975, 1.959963984540054],
    [0.9995, 3.2905267314919255],
    [0.999999999, 5.997807019601637],
  ])('of %d is %d', (p, expected) => {
    expect(relative(normalQuantile(p), expected)).toBeLessThan(1e-13);
  });

  it('undoes normalSf, down to tails of 1e-290', () => {
    fc.assert(
      fc.property(fc.double({min: -36, max: -0.01, noNaN: true}), z => {
        expect(relative(normalQuantile(normalSf(-z)), z)).toBeLessThan(1e-10);
      }),
    );
  });

  it('has its limits at 0 and 1, and NaN beyond', () => {
    expect([normalQuantile(0), normalQuantile(1), normalQuantile(1.1), normalQuantile(NaN)]).toEqual([
      -Infinity,
      Infinity,
      NaN,
      NaN,
    ]);
  });
});
