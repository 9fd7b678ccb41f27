// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/models/claims.hpp"

namespace redoubt::gui {
namespace {

using Verdict = Claim::Verdict;

QString node() {
    return QStringLiteral("the node's word");
}

Claim trust_claim(const Confidential& launch) {
    Claim out{QStringLiteral("Secure processor"),
              QStringLiteral("hardware"),
              text_of(launch.trust),
              node(),
              Verdict::holds,
              {}};
    if (launch.trust == "simulation") {
        out.verdict = Verdict::differs;
        out.reason = QStringLiteral("A simulator signs this guest's evidence: nothing protects it.");
    } else if (launch.trust.empty()) {
        out.verdict = Verdict::not_known;
        out.reason = QStringLiteral("The node does not say whose word the evidence is.");
    }
    return out;
}

Claim binding_claim(const Confidential& launch) {
    const auto expected = bound_digest(launch.initdata_digest, launch.host_data.size());
    Claim out{
        QStringLiteral("Launch is bound to the initdata"),     text_of(expected),  text_of(launch.host_data),
        QStringLiteral("computed here from the node's words"), Verdict::not_known, {}};
    if (expected.empty() || launch.host_data.empty()) {
        out.reason = QStringLiteral("The node told no initdata, or nothing that the launch is bound to.");
        return out;
    }
    out.verdict = expected == launch.host_data ? Verdict::holds : Verdict::differs;
    out.reason =
        out.verdict == Verdict::holds
            ? QStringLiteral("Host data is the initdata's digest.")
            : QStringLiteral("Host data is not the initdata's digest: the guest will refuse to serve.");
    return out;
}

Claim measurement_claim(const Confidential& launch) {
    Claim out{QStringLiteral("Launch measurement"),
              text_of(launch.measurement),
              {},
              node(),
              Verdict::not_known,
              {}};
    out.reason = launch.measurement.empty()
                     ? QStringLiteral("The node could not compute it.")
                     : QStringLiteral("What the evidence has to say. The evidence itself goes to the key "
                                      "broker, which compares.");
    return out;
}

Claim told(QString name, std::string_view value, QString without) {
    Claim out{std::move(name), {}, text_of(value), node(), Verdict::not_known, {}};
    if (value.empty()) out.reason = std::move(without);
    return out;
}

} // namespace

std::string bound_digest(std::string_view digest, std::size_t digits) {
    const auto colon = digest.find(':');
    if (colon == std::string_view::npos || digits == 0) return {};
    std::string out(digest.substr(colon + 1));
    if (out.empty()) return {};
    out.resize(digits, '0');
    return out;
}

std::vector<Claim> claims_of(const Confidential& launch) {
    return {trust_claim(launch),
            binding_claim(launch),
            measurement_claim(launch),
            told(QStringLiteral("Initdata"), launch.initdata_digest,
                 QStringLiteral("There is none: the guest denies everything.")),
            told(QStringLiteral("Firmware in the measurement"), launch.firmware,
                 QStringLiteral("The node names none.")),
            told(QStringLiteral("Key broker"), launch.broker,
                 QStringLiteral("There is no relay: nothing can be released to this guest."))};
}

} // namespace redoubt::gui
