/** Where Debian's python3-pip-whl, python3-setuptools-whl and python3-wheel-whl put their wheels. */
export const DISTRIBUTION_WHEELS = '/usr/share/python-wheels';
