// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rpc/pinned_channel.hpp"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <sys/socket.h>

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <atomic>
#include <csignal>
#include <future>
#include <thread>

#include "common/base/unique_fd.hpp"
#include "common/rpc/tls_13_only.hpp"
#include "tests/support/identities.hpp"

namespace redoubt::rpc {
namespace {

using test::Identity;
using test::make_identity;

class CountingService final : public grpc::CallbackGenericService {
  public:
    std::atomic<int> calls = 0;
    grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext*) override {
        struct Refusal final : grpc::ServerGenericBidiReactor {
            Refusal() { Finish(grpc::Status(grpc::StatusCode::OUT_OF_RANGE, "it is me")); }
            void OnDone() override { delete this; }
        };
        ++calls;
        return new Refusal;
    }
};

/// A node that answers every call with OUT_OF_RANGE.
struct GrpcNode {
    explicit GrpcNode(const Identity& identity) {
        grpc::SslServerCredentialsOptions options(GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_BUT_DONT_VERIFY);
        options.pem_key_cert_pairs.push_back({identity.key, identity.certificate});
        grpc::ServerBuilder builder;
        builder.AddListeningPort("127.0.0.1:0", grpc::SslServerCredentials(options), &port);
        builder.RegisterCallbackGenericService(&service);
        const auto only = Tls13Only::begin();
        server = builder.BuildAndStart();
    }
    ~GrpcNode() { server->Shutdown(std::chrono::system_clock::now()); }
    [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port); }

    CountingService service;
    int port = 0;
    std::unique_ptr<grpc::Server> server;
};

/// Whoever took a node's place: takes one connection, and notes what he was given.
class Impostor {
  public:
    explicit Impostor(const Identity& identity, int highest_version = TLS1_3_VERSION) {
        listener_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        EXPECT_EQ(::listen(listener_.get(), 4), 0);
        socklen_t size = sizeof address;
        EXPECT_EQ(::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this, identity, highest_version] { serve(identity, highest_version); });
    }
    Impostor(const Impostor&) = delete;
    Impostor& operator=(const Impostor&) = delete;
    ~Impostor() { join(); }

    [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
    void join() {
        ::shutdown(listener_.get(), SHUT_RDWR);
        if (thread_.joinable()) thread_.join();
    }

    std::atomic<bool> was_met = false;
    std::atomic<bool> saw_certificate = false;
    std::atomic<int> bytes = 0;

  private:
    static int take_any(X509_STORE_CTX*, void*) { return 1; }

    void serve(const Identity& identity, int highest_version) {
        const UniqueFd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!client) return;
        was_met = true;
        // Who refuses it is gone while it still writes.
        sigset_t pipe{};
        ::sigemptyset(&pipe);
        ::sigaddset(&pipe, SIGPIPE);
        ::pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
        const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_server_method()),
                                                                        &SSL_CTX_free);
        SSL_CTX_set_max_proto_version(context.get(), highest_version);
        const std::unique_ptr<BIO, decltype(&BIO_free_all)> certificate(
            BIO_new_mem_buf(identity.certificate.data(), -1), &BIO_free_all);
        const std::unique_ptr<BIO, decltype(&BIO_free_all)> key(BIO_new_mem_buf(identity.key.data(), -1),
                                                                &BIO_free_all);
        X509* shown = PEM_read_bio_X509(certificate.get(), nullptr, nullptr, nullptr);
        EVP_PKEY* secret = PEM_read_bio_PrivateKey(key.get(), nullptr, nullptr, nullptr);
        SSL_CTX_use_certificate(context.get(), shown);
        SSL_CTX_use_PrivateKey(context.get(), secret);
        X509_free(shown);
        EVP_PKEY_free(secret);
        SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
        SSL_CTX_set_cert_verify_callback(context.get(), &take_any, nullptr);
        const std::unique_ptr<SSL, decltype(&SSL_free)> session(SSL_new(context.get()), &SSL_free);
        SSL_set_fd(session.get(), client.get());
        if (SSL_accept(session.get()) == 1) {
            char buffer[256];
            const int size = SSL_read(session.get(), buffer, sizeof buffer);
            bytes = std::max(0, size);
        }
        saw_certificate = SSL_get0_peer_certificate(session.get()) != nullptr;
    }

    UniqueFd listener_;
    int port_ = 0;
    std::thread thread_;
};

RemoteTarget target_of(const std::string& address, const Identity& node, const Identity& client) {
    return {address, node.fingerprint, client.certificate, client.key};
}

grpc::Status call(const std::shared_ptr<grpc::Channel>& channel) {
    grpc::TemplatedGenericStub<grpc::ByteBuffer, grpc::ByteBuffer> stub(channel);
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(5));
    const grpc::Slice bytes("question");
    grpc::ByteBuffer request(&bytes, 1);
    grpc::ByteBuffer response;
    std::promise<grpc::Status> done;
    stub.UnaryCall(&context, "/a.Service/Method", {}, &request, &response,
                   [&done](grpc::Status status) { done.set_value(std::move(status)); });
    return done.get_future().get();
}

TEST(PinnedChannel, ReachesTheNodeWithTheFingerprint) {
    const auto node = make_identity("redoubt-node");
    GrpcNode server(node);
    const auto channel = connect_pinned(target_of(server.address(), node, make_identity("client")));
    ASSERT_TRUE(channel) << channel.error().message;
    EXPECT_EQ(call(*channel).error_message(), "it is me");
    EXPECT_EQ(server.service.calls, 1);
}

TEST(PinnedChannel, RefusesAnotherFingerprintAndSendsNothing) {
    const auto expected = make_identity("redoubt-node");
    const auto other = make_identity("redoubt-node");
    Impostor impostor(other);
    const auto channel = connect_pinned(target_of(impostor.address(), expected, make_identity("client")));
    ASSERT_FALSE(channel);
    EXPECT_EQ(channel.error().code, Code::permission_denied);
    EXPECT_NE(channel.error().message.find(other.fingerprint.str()), std::string::npos);
    EXPECT_NE(channel.error().message.find(expected.fingerprint.str()), std::string::npos);
    impostor.join();
    EXPECT_TRUE(impostor.was_met);
    EXPECT_FALSE(impostor.saw_certificate);
    EXPECT_EQ(impostor.bytes, 0);
}

TEST(PinnedChannel, AServerSwappedAfterTheProbeGetsNothing) {
    const auto node = make_identity("redoubt-node");
    const auto client = make_identity("client");
    Impostor impostor(make_identity("redoubt-node"));
    // As if the probe had met the node, and the channel's connection meets another.
    const auto facts = crypto::read_certificate(node.certificate).value();
    const auto channel = channel_to(target_of(impostor.address(), node, client), facts);
    ASSERT_TRUE(channel) << channel.error().message;
    EXPECT_EQ(call(*channel).error_code(), grpc::StatusCode::UNAVAILABLE);
    impostor.join();
    EXPECT_TRUE(impostor.was_met);
    EXPECT_FALSE(impostor.saw_certificate) << "our certificate went to somebody else";
    EXPECT_EQ(impostor.bytes, 0) << "a request went to somebody else";
}

TEST(PinnedChannel, ASwappedGrpcServerIsNeverCalled) {
    const auto node = make_identity("redoubt-node");
    GrpcNode other(make_identity("redoubt-node"));
    const auto channel = channel_to(target_of(other.address(), node, make_identity("client")),
                                    crypto::read_certificate(node.certificate).value());
    ASSERT_TRUE(channel);
    EXPECT_EQ(call(*channel).error_code(), grpc::StatusCode::UNAVAILABLE);
    EXPECT_EQ(other.service.calls, 0);
}

TEST(PinnedChannel, WithoutTls13ThereIsNoConnection) {
    const auto node = make_identity("redoubt-node");
    Impostor old(node, TLS1_2_VERSION);
    const auto channel = connect_pinned(target_of(old.address(), node, make_identity("client")));
    ASSERT_FALSE(channel);
    EXPECT_EQ(channel.error().code, Code::unavailable);
    EXPECT_NE(channel.error().message.find("no TLS 1.3"), std::string::npos);
}

TEST(PinnedChannel, ACertificateOfAnotherKeyIsRefused) {
    const auto node = make_identity("redoubt-node");
    GrpcNode server(node);
    auto target = target_of(server.address(), node, make_identity("client"));
    target.client_key = make_identity("client").key;
    const auto channel = connect_pinned(target);
    ASSERT_FALSE(channel);
    EXPECT_EQ(channel.error().code, Code::invalid_argument);
}

TEST(PinnedChannel, NobodyThereIsSaidSoon) {
    const auto node = make_identity("redoubt-node");
    std::string address;
    {
        GrpcNode gone(node);
        address = gone.address();
    }
    const auto channel = connect_pinned(target_of(address, node, make_identity("client")));
    ASSERT_FALSE(channel);
    EXPECT_EQ(channel.error().message, "connect to " + address + ": Connection refused");
}

TEST(PinnedChannel, ReadsAddresses) {
    const auto place = parse_address("[2001:db8::1]:7443").value();
    EXPECT_EQ(place.host, "2001:db8::1");
    EXPECT_EQ(place.port, "7443");
    EXPECT_EQ(parse_address("box.example:7443").value().host, "box.example");
    for (const auto* wrong : {"", "box", "box:", ":7443", "box:0", "box:65536", "box:7443x",
                              "2001:db8::1:7443", "[box]:7443", "a/b:1", "a b:1", "[::1]"})
        EXPECT_FALSE(parse_address(wrong)) << wrong;
}

TEST(Fingerprint, IsReadAsPeopleWriteIt) {
    const auto plain = make_identity("a").fingerprint;
    std::string pairs;
    for (std::size_t at = 0; at < plain.hex().size(); at += 2) {
        if (at != 0) pairs += ':';
        for (const char letter : plain.hex().substr(at, 2))
            pairs += static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
    }
    EXPECT_EQ(crypto::parse_fingerprint(plain.str()).value(), plain);
    EXPECT_EQ(crypto::parse_fingerprint(plain.hex()).value(), plain);
    EXPECT_EQ(crypto::parse_fingerprint("SHA256:" + pairs).value(), plain);
    EXPECT_FALSE(crypto::parse_fingerprint(plain.hex().substr(2)));
    EXPECT_FALSE(crypto::parse_fingerprint("sha384:" + plain.hex()));
    EXPECT_FALSE(crypto::parse_fingerprint(""));
}

} // namespace
} // namespace redoubt::rpc
