// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/attestation/node_attester.hpp"

#include "common/base/file.hpp"
#include "common/tee/host/host_evidence.hpp"
#include "node-daemon/attestation/host_tpm.hpp"

namespace redoubt::node::attestation {
namespace {

/// A TPM takes a second for each, and every call waits in a thread that others need.
constexpr int k_most_waiting = 2;

/// The first log that is there and may be read; a verifier that wants one refuses what has none.
Result<std::string> read_log(const std::vector<std::filesystem::path>& places) {
    for (const auto& place : places) {
        auto log = read_file(place, tee::host::k_max_log);
        if (log) return log;
        if (log.error().code != Code::not_found && log.error().code != Code::permission_denied)
            return std::unexpected(log.error().within("boot event log"));
    }
    return std::string();
}

} // namespace

/// The right to use the TPM now.
class NodeAttester::Turn {
  public:
    static Result<std::unique_ptr<Turn>> take(NodeAttester& owner) {
        if (owner.settings_.tpm.empty())
            return fail(Code::failed_precondition,
                        "this node has no TPM (attestation.tpm is empty): nothing can prove what it booted");
        auto turn = std::unique_ptr<Turn>(new Turn(owner));
        if (turn->before_ >= k_most_waiting)
            return fail(Code::resource_exhausted, "the node's TPM is busy; try again");
        turn->lock_.lock();
        return turn;
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    Turn(Turn&&) = delete;
    Turn& operator=(Turn&&) = delete;
    ~Turn() { --owner_.waiting_; }

  private:
    explicit Turn(NodeAttester& owner)
        : owner_(owner), before_(owner.waiting_++), lock_(owner.one_at_a_time_, std::defer_lock) {}
    NodeAttester& owner_;
    int before_;
    std::unique_lock<std::mutex> lock_;
};

Result<std::string> NodeAttester::evidence(std::string_view nonce, std::string_view guest_digest) {
    RDT_TRY(const auto data, tee::host::quoted_data(nonce, guest_digest));
    RDT_TRY(const auto turn, Turn::take(*this));
    RDT_TRY(const auto tpm, HostTpm::open(settings_.tpm));
    RDT_TRY(auto quote, tpm->quote(data));
    tee::host::HostEvidence evidence;
    evidence.ak_public = tpm->attestation_key();
    RDT_TRY(evidence.ek_certificate, tpm->endorsement_certificate());
    evidence.message = std::move(quote.message);
    evidence.signature = std::move(quote.signature);
    evidence.pcrs = std::move(quote.pcrs);
    RDT_TRY(evidence.event_log, read_log(settings_.event_logs));
    return tee::host::render_host_evidence(evidence);
}

Result<std::string> NodeAttester::activate(std::string_view id_object, std::string_view encrypted_secret) {
    RDT_TRY(const auto turn, Turn::take(*this));
    RDT_TRY(const auto tpm, HostTpm::open(settings_.tpm));
    return tpm->activate(id_object, encrypted_secret);
}

} // namespace redoubt::node::attestation
