// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// `redoubtctl attest node`: this container, in this guest, on this host.

#include "common/base/file.hpp"
#include "common/crypto/digest.hpp"
#include "common/crypto/secret.hpp"
#include "common/tee/host/host_evidence.hpp"
#include "node-daemon/ctl/attest_client.hpp"
#include "node-daemon/ctl/attest_output.hpp"
#include "node-daemon/ctl/attest_sources.hpp"
#include "node-daemon/ctl/json_text.hpp"
#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {
namespace {

Status check_options(const AttestNodeOptions& options) {
    const bool has_guest = !options.guest_evidence.empty();
    if (has_guest && options.container.empty())
        return fail(Code::invalid_argument, "--guest-evidence needs --container: whose evidence it is");
    if (!has_guest && !options.container.empty())
        return fail(Code::invalid_argument, "--container needs --guest-evidence: what it was given by its "
                                            "workload API");
    return {};
}

Result<std::vector<VerdictLink>> judge(const std::string& evidence, const std::string& guest_evidence,
                                       const AttestExpectations& expected) {
    std::vector<VerdictLink> links;
    auto host = tee::host::verify_host(evidence, expected.host);
    if (guest_evidence.empty()) {
        links.push_back({"host", std::move(host.explanation)});
        return links;
    }
    RDT_TRY(auto guest, tee::host::verify_guest(guest_evidence, expected.guest));
    tee::Explanation box;
    tee::host::check_same_box(box, host.node, guest.chip_id,
                              expected.host.nodes_source.empty() ? "no enrolment given"
                                                                 : expected.host.nodes_source);
    links.push_back({"container", std::move(guest.container)});
    links.push_back({"guest", std::move(guest.guest)});
    links.push_back({"host", std::move(host.explanation)});
    links.push_back({"box", std::move(box)});
    return links;
}

Result<int> attest_node(Context context, const AttestNodeOptions& options) {
    RDT_CHECK(check_options(options));
    RDT_TRY(auto expected, read_expectations(options));
    std::string guest_evidence;
    NodeVerdict verdict;
    if (!options.guest_evidence.empty()) {
        RDT_TRY(guest_evidence, read_file(options.guest_evidence));
        RDT_TRY(verdict.guest_digest, crypto::raw_digest(guest_evidence, crypto::HashAlgorithm::sha256));
    }
    // A quote for one guest's evidence is none for another's.
    RDT_TRY(verdict.nonce, crypto::random_bytes(tee::host::k_nonce_size));
    AttestClient client(context.client.channel());
    RDT_TRY(verdict.evidence, client.evidence(verdict.nonce, verdict.guest_digest));
    expected.host.nonce = verdict.nonce;
    expected.host.guest_digest = verdict.guest_digest;
    verdict.verified_at = tee::render_time(expected.guest.at);
    RDT_TRY(verdict.links, judge(verdict.evidence, guest_evidence, expected));
    RDT_CHECK(print(context.json ? indented(verdict_json(verdict)) : render_verdict(verdict)));
    return is_accepted(verdict) ? 0 : 1;
}

} // namespace

Result<int> attest(Context context, const AttestVerb& verb) {
    if (const auto* options = std::get_if<AttestNodeOptions>(&verb)) return attest_node(context, *options);
    return attest_enrol(context, std::get<AttestEnrolOptions>(verb));
}

} // namespace redoubt::ctl
