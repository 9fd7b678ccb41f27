// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/attestation/node_attester.hpp"

#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "common/base/file.hpp"
#include "common/encoding/base64.hpp"
#include "common/tee/host/host_evidence.hpp"
#include "common/tee/host/host_verdict.hpp"
#include "common/tee/tpm/structures.hpp"

namespace redoubt::node::attestation {
namespace {

using namespace std::chrono_literals;
namespace host = tee::host;

const std::string k_nonce(host::k_nonce_size, 'n');
const std::string k_guest(host::k_digest_size, 'g');
const std::string k_zeros = std::string(64, '0');

/// A real software TPM in a folder of its own.
class SoftwareTpm {
  public:
    SoftwareTpm() {
        std::string name = "/tmp/redoubt-tpm-XXXXXX";
        folder_ = ::mkdtemp(name.data());
        auto state = "dir=" + folder_.native();
        auto server = "type=unixio,path=" + socket();
        auto control = "type=unixio,path=" + socket() + ".ctrl";
        std::array<const char*, 11> words{
            "swtpm",    "socket",       "--tpm2", "--tpmstate",    state.c_str(),
            "--server", server.c_str(), "--ctrl", control.c_str(), "--flags=not-need-init,startup-clear",
            nullptr};
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): posix_spawn changes none of them
        if (::posix_spawnp(&process_, "swtpm", nullptr, nullptr, const_cast<char**>(words.data()), environ) !=
            0)
            std::abort();
        for (int i = 0; i < 600 && !std::filesystem::exists(socket()); ++i) std::this_thread::sleep_for(50ms);
    }
    SoftwareTpm(const SoftwareTpm&) = delete;
    SoftwareTpm& operator=(const SoftwareTpm&) = delete;
    SoftwareTpm(SoftwareTpm&&) = delete;
    SoftwareTpm& operator=(SoftwareTpm&&) = delete;
    ~SoftwareTpm() {
        ::kill(process_, SIGTERM);
        ::waitpid(process_, nullptr, 0);
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    [[nodiscard]] std::string socket() const { return (folder_ / "tpm").native(); }
    [[nodiscard]] std::filesystem::path folder() const { return folder_; }
    [[nodiscard]] AttesterSettings settings() const {
        return {"swtpm:path=" + socket(), {folder_ / "no-log", folder_ / "log"}};
    }

  private:
    std::filesystem::path folder_;
    pid_t process_ = -1;
};

/// What an enrolment would hold of the box that sent this.
host::EnrolledNode node_of(const std::string& evidence, const std::string& chip) {
    const auto read = host::parse_host_evidence(evidence).value();
    return {encoding::to_base64(tee::tpm::parse_public(read.ak_public).value().key.spki()), "ek", chip};
}

host::HostExpectations expect(std::vector<host::EnrolledNode> nodes) {
    host::HostExpectations expected;
    expected.nonce = k_nonce;
    expected.guest_digest = k_guest;
    expected.nodes = std::move(nodes);
    expected.nodes_source = "test";
    for (const auto* pcr : {"4=", "11="})
        EXPECT_TRUE(host::add_register(expected.reference, pcr + k_zeros, "test"));
    return expected;
}

std::string failures_of(const host::HostVerdict& verdict) {
    std::string names;
    for (const auto* claim : verdict.explanation.failures()) names += claim->name + " ";
    return names;
}

TEST(NodeAttester, WithoutATpmThereIsNoProofAndTheErrorSaysSo) {
    for (const auto* address : {"", "device:/dev/no-such-tpm", "swtpm:path=/nowhere/tpm"}) {
        NodeAttester attester({address, {}});
        const auto evidence = attester.evidence(k_nonce, {});
        ASSERT_FALSE(evidence);
        EXPECT_EQ(evidence.error().code, Code::failed_precondition) << address;
        EXPECT_TRUE(evidence.error().message.contains("this node")) << evidence.error().message;
    }
    NodeAttester attester({"tabrmd:", {}});
    EXPECT_EQ(attester.evidence(k_nonce, {}).error().code, Code::invalid_argument);
}

TEST(NodeAttester, AQuoteIsAcceptedForItsNonceItsGuestAndItsBoxAlone) {
    const SoftwareTpm box_a;
    const SoftwareTpm box_b;
    NodeAttester a(box_a.settings());
    NodeAttester b(box_b.settings());
    const auto from_a = a.evidence(k_nonce, k_guest);
    const auto from_b = b.evidence(k_nonce, k_guest);
    ASSERT_TRUE(from_a) << from_a.error().message;
    ASSERT_TRUE(from_b) << from_b.error().message;
    const auto node_a = node_of(*from_a, std::string(128, 'a'));
    const auto node_b = node_of(*from_b, std::string(128, 'b'));
    EXPECT_NE(node_a.attestation_key, node_b.attestation_key);

    const auto good = host::verify_host(*from_a, expect({node_a, node_b}));
    EXPECT_TRUE(good.explanation.is_accepted()) << failures_of(good);
    ASSERT_TRUE(good.node);

    // The guest is on box A; box B's quote, over that guest's evidence, is genuine, and of another box.
    const auto other = host::verify_host(*from_b, expect({node_a, node_b}));
    EXPECT_TRUE(other.explanation.is_accepted()) << failures_of(other);
    tee::Explanation box;
    host::check_same_box(box, other.node, node_a.chip_id, "test");
    EXPECT_FALSE(box.is_accepted());
    box = {};
    host::check_same_box(box, good.node, node_a.chip_id, "test");
    EXPECT_TRUE(box.is_accepted());

    EXPECT_EQ(failures_of(host::verify_host(*from_b, expect({node_a}))),
              "enrolment.attestation_key policy.ak_trust ");
    auto wrong = expect({node_a});
    wrong.guest_digest = std::string(32, 'x');
    EXPECT_EQ(failures_of(host::verify_host(*from_a, wrong)), "policy.nonce ");
    wrong = expect({node_a});
    wrong.nonce = std::string(32, 'x');
    EXPECT_EQ(failures_of(host::verify_host(*from_a, wrong)), "policy.nonce ");
    wrong = expect({node_a});
    wrong.reference[11].front().value = std::string(32, 'x');
    EXPECT_EQ(failures_of(host::verify_host(*from_a, wrong)), "reference.pcr11 ");
    wrong = expect({node_a});
    wrong.reference.erase(4);
    EXPECT_EQ(failures_of(host::verify_host(*from_a, wrong)), "reference.boot_chain ");
    auto changed = host::parse_host_evidence(*from_a).value();
    changed.pcrs.at(12) = std::string(32, 'x');
    EXPECT_EQ(failures_of(host::verify_host(host::render_host_evidence(changed), expect({node_a}))),
              "quote.pcr_digest ");
}

TEST(NodeAttester, ItsKeyIsTheSameAtEveryCallAndNothingStaysInTheTpm) {
    const SoftwareTpm box;
    NodeAttester attester(box.settings());
    std::string first;
    for (int i = 0; i < 5; ++i) { // a TPM has room for three keys
        const auto evidence = attester.evidence(k_nonce, {});
        ASSERT_TRUE(evidence) << evidence.error().message;
        const auto key = node_of(*evidence, "").attestation_key;
        if (i == 0) first = key;
        EXPECT_EQ(key, first);
    }
}

TEST(NodeAttester, BringsTheLogThatIsThere) {
    const SoftwareTpm box;
    ASSERT_TRUE(write_file(box.folder() / "log", "the boot"));
    NodeAttester attester(box.settings());
    const auto evidence = attester.evidence(k_nonce, {});
    ASSERT_TRUE(evidence) << evidence.error().message;
    EXPECT_EQ(host::parse_host_evidence(*evidence).value().event_log, "the boot");
    EXPECT_TRUE(failures_of(host::verify_host(*evidence, expect({}))).contains("log.format"));
    ASSERT_TRUE(write_file(box.folder() / "log", std::string(host::k_max_log + 1, 'x')));
    EXPECT_EQ(attester.evidence(k_nonce, {}).error().code, Code::resource_exhausted);
}

TEST(NodeAttester, RefusesWhatIsNoNonceAndNoCredential) {
    const SoftwareTpm box;
    NodeAttester attester(box.settings());
    EXPECT_EQ(attester.evidence("short", {}).error().code, Code::invalid_argument);
    EXPECT_EQ(attester.evidence(k_nonce, "short").error().code, Code::invalid_argument);
    EXPECT_EQ(attester.activate("", "").error().code, Code::invalid_argument);
    EXPECT_EQ(attester.activate(std::string(3000, '\xff'), "").error().code, Code::invalid_argument);
    // The right form, of nobody: an integrity value, a secret of an RSA 2048 key's size.
    const auto sized = [](std::size_t size) {
        return std::string{static_cast<char>(size >> 8U), static_cast<char>(size & 0xFFU)} +
               std::string(size, '\1');
    };
    const auto opened = attester.activate(sized(68), sized(256));
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Code::permission_denied) << opened.error().message;
    EXPECT_TRUE(attester.evidence(k_nonce, {})) << "a refusal leaves nothing behind";
}

} // namespace
} // namespace redoubt::node::attestation
