// One Akismet client puts its key before the host name: this domain and all below it is us.
const dns = require("node:dns");

const { lookup } = dns;
dns.lookup = (name, ...more) =>
  lookup(name.endsWith("rejoinder.test") ? "127.0.0.1" : name, ...more);
