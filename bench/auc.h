#pragma once

#include <vector>

namespace signet::bench {

// How well one duration tells two kinds of call apart: the probability that a call of `a` took
// longer than one of `b`, equal ones counted half (area under the ROC curve, Mann and Whitney's U
// over the number of pairs). 0.5: nothing can be told; 0 or 1: everything. Neither is empty.
double AreaUnderCurve(std::vector<double> a, std::vector<double> b);

}  // namespace signet::bench
